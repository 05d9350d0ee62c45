import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, contacts, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

const { sandbox, accepted, refused } = await serveUpdates();

test.each<[Record<string, unknown>, string]>([
  [{ date_won: "2028-02-29" }, "date_won empty → 2028-02-29"],
  [{ value: 75_050 }, "value $500.00 one-time → $750.50 one-time"],
  [{ value: 0 }, "value $500.00 one-time → $0.00 one-time"],
  [{ value: 1_200_000_000 }, "$12,000,000.00"],
  [{ value_period: "monthly" }, "monthly"],
  [{ confidence: 0 }, "confidence 50 → 0"],
  [{ confidence: 100 }, "confidence 50 → 100"],
  [{ note: "  Called **twice**.\n\n- wants lamps" }, "wants lamps"],
  [{ note_html: "<body><p>Called <strong>twice</strong>.</p></body>" }, "Called"],
])("a value is sent as it is and shown: %j", async (args, shown) => {
  const reply = await accepted({ id, ...args });
  expect(sentBodies(sandbox)).toEqual([args]);
  expect(reply.summary).toContain(shown);
});

describe("a value that is not valid is refused once, with what is needed, before anything is asked of Close", () => {
  type Case = [argument: string, value: unknown, reason: string | RegExp];
  const notDays = ["2026-11-23T10:00:00Z", "11/23/2026", "2026-1-2", "today"].map(
    (day): Case => ["date_won", day, /YYYY-MM-DD/],
  );
  const inCents: [unknown, string][] = [
    [12.5, "1250 if it is dollars; cents are whole"],
    ["500.00", "50000 if it is dollars, 500 if it is cents"],
    ["$500", "50000 if it is dollars, 500 if it is cents"],
    ["50,000 EUR", "5000000 if it is dollars, 50000 if it is cents"],
    ["1.234,50 €", "123450 if it is dollars; cents are whole"],
    ["1 234", "123400 if it is dollars, 1234 if it is cents"],
    ["500 dollars", "50000 if it is dollars, 500 if it is cents"],
    ["12.5k", "1250000 if it is dollars, 12500 if it is cents"],
  ];
  const notCents = inCents.map(
    ([value, advice]): Case => ["value", value, `must be in whole cents, not ${JSON.stringify(value)}: ${advice}`],
  );

  const notRichText: [string, RegExp][] = [
    ["<p>Lamps</p>", /must be one <body>…<\/body> around all of it/],
    ["**Lamps**", /must be one <body>/],
    ["<body><p>Lamps</body>", /has "<\/body>" where <p> is to be closed/],
    ["<body><b><i>Lamps</b></i></body>", /has "<\/b>" where <i> is to be closed/],
    ["<body>a</body><body>b</body>", /has a second <body>/],
    ["<body><script>x</script></body>", /has "<script>", and Close's rich text has only body, p, h1/],
    ["<body><P>Lamps</P></body>", /has "<P>", which is no tag of XHTML/],
    ["<body><p>a<!-- b --></p></body>", /has "<!-- b -->", which is no tag of XHTML/],
    ["<body><p>R&D</p></body>", /has a & that is not written as &amp;/],
    ["<body><p>5 < 6</p></body>", /has a < that begins no tag: write &lt;/],
    ["<body><p>Two **big** lamps</p></body>", /has markdown, "\*\*big\*\*"/],
    ["<body>\n- Lamps\n- Desks\n</body>", /has markdown/],
    ["<body><p>&nbsp;<br/></p></body>", /shows nothing: to empty the note, name note in clear/],
  ];

  test.each<Case>([
    ...notDays,
    ["date_won", "2026-02-29", '"2026-02-29" is not a day of the calendar'],
    ["date_won", 20261123, "must be text, not 20261123"],
    ...notCents,
    ["value", -1.5, "must be a whole number, not -1.5 (In cents: $500.00 = 50000)"],
    ["value", "-1", "must be at least 0, not -1 (In cents: $500.00 = 50000)"],
    ["value", "9007199254740993", /too large to be kept exactly/],
    ["value", Number.MAX_SAFE_INTEGER + 1, /too large to be kept exactly/],
    ["value", true, "must be a whole number, not true (In cents: $500.00 = 50000)"],
    ["value", "1.234", 'must be a whole number, not "1.234" (In cents: $500.00 = 50000)'],
    ["value", "12,5", 'must be a whole number, not "12,5" (In cents: $500.00 = 50000)'],
    ["value_period", "weekly", 'must be one of one_time, monthly, annual, not "weekly"'],
    ["confidence", 0.5, "must be whole percent, not 0.5: 50 if it means 50 percent"],
    ["date_won", "next Friday", /date_won_shift_days moves the date by days/],
    ["clear[0]", ["Seats"], /emptied by custom_fields: \[\{"field": "Seats", "action": "unset"\}\]/],
    ["confidence", 101, "must be at most 100, not 101 (Percent)"],
    ["note", ["line"], 'must be text, not ["line"]'],
    ...notRichText.map(([html, reason]): Case => ["note_html", html, reason]),
    ["clear", true, "must be a list of date_won, value, note, contact_id, user_id, not true"],
    ["date_won", "+14", /date_won_shift_days moves the date by days/],
    ["value", "50.000", 'must be a whole number, not "50.000" (In cents: $500.00 = 50000)'],
    ["id", ids.leads.acme, /oppo_/],
    ["id", "oppo_/../../lead/x", /oppo_/],
    ["id", 12, "must be text, not 12"],
    ["id", "Acme", '"Acme" is not an opportunity id, oppo_…: find_opportunities gives it'],
    ["id", `${id} ${ids.opportunities.fjordFleet}`, /holds several ids.*update_opportunities takes several/],
  ])("%s %j", async (argument, value, reason) => {
    const lines = (await refused({ id, [argument.replace("[0]", "")]: value }))
      .split("\n")
      .filter((line) => line.startsWith("- "));
    expect(lines).toHaveLength(1);
    expect(sandbox.requests).toEqual([]);
    const [line = ""] = lines;
    expect(line).toContain(`- ${argument}: `);
    if (typeof reason === "string") expect(line).toBe(`- ${argument}: ${reason}`);
    else expect(line).toMatch(reason);
  });
});

describe("clear", () => {
  /** Every clearable field has a value. */
  const filled = opportunities.blueHeronShop;

  test.each([
    ["date_won", null],
    ["value", null],
    ["note", ""],
    ["contact_id", null],
    ["user_id", null],
  ])("%s is emptied by sending %j", async (field, empty) => {
    const reply = await accepted({ id: filled, clear: [field] });
    expect(sentBodies(sandbox)).toEqual([{ [field]: empty }]);
    expect(reply.structured.changes).toEqual([expect.objectContaining({ field, to: null, requested: true })]);
    expect(reply.structured.warnings).toBeUndefined();
  });

  test("empties several fields in one request, beside others that are set", async () => {
    await accepted({ id: filled, clear: ["date_won", "note", "date_won"], confidence: 20 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 20, date_won: null, note: "" }]);
  });
});

describe("all arguments together", () => {
  test("become one request", async () => {
    const sent = {
      date_won: "2026-12-31",
      value: 1_300_000,
      value_period: "monthly",
      confidence: 85,
      note_html: "<body><p>Two years.</p></body>",
      contact_id: contacts.leoPark,
    };
    await accepted({
      id: opportunities.acmeRenewal,
      status_id: "In review",
      ...sent,
      custom_fields: [{ field: "Seats", action: "set", value: 45 }],
      clear: ["user_id"],
      time_zone: "Europe/Berlin",
      dry_run: false,
      expected_date_updated: "2024-01-08T09:15:00Z",
    });
    expect(sentBodies(sandbox)).toEqual([
      {
        status_id: statuses.renewalsInReview,
        ...sent,
        user_id: null,
        [`custom.${customFields.seats}`]: 45,
      },
    ]);
  });

  test("include values that are there already, as long as one differs", async () => {
    await accepted({ id, value: 50_000, confidence: 51 });
    expect(sentBodies(sandbox)).toEqual([{ value: 50_000, confidence: 51 }]);
  });
});
