import { describe, expect, test } from "vitest";
import { parseObject } from "../../src/base/json.ts";
import { ids, type Pipeline } from "../../src/sandbox/sandbox.ts";
import { puts, sentBodies, startHostFor } from "../support/host.ts";
import { refusal } from "../support/refusal.ts";
import { serveSandbox } from "../support/served.ts";

const { opportunities, statuses, users, contacts, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;
/** Evening in New York, already the next day in Kathmandu and Auckland. */
const now = new Date("2026-11-23T20:00:00Z");

const { sandbox, host } = await serveSandbox({ now: () => now }, { now });

const refused = (args: Record<string, unknown>) => refusal(host, sandbox, args);

/** Makes a call that must go through, and gives what the agent was told. */
async function accepted(args: Record<string, unknown>) {
  const told = await host.call(args);
  expect(told.text).not.toContain("Nothing was sent");
  expect(told.isError).toBe(false);
  return told;
}

function stored(opportunity: string) {
  const found = sandbox.organization.opportunities.get(opportunity);
  if (found === undefined) throw new Error(`The sandbox has no ${opportunity}`);
  return found;
}

describe("what is published", () => {
  test.each([
    ["id", { type: "string", pattern: "^oppo_[A-Za-z0-9]+$" }],
    ["status_id", { type: "string" }],
    ["date_won", { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }],
    ["value", { type: "integer", minimum: 0, description: expect.stringContaining("$500.00 = 50000") }],
    ["value_period", { type: "string", enum: ["one_time", "monthly", "annual"] }],
    ["confidence", { type: "integer", minimum: 0, maximum: 100 }],
    ["note", { type: "string" }],
    ["note_html", { type: "string" }],
    ["contact_id", { type: "string" }],
    ["user_id", { type: "string" }],
    [
      "custom_fields",
      {
        type: "array",
        items: {
          type: "object",
          required: ["field", "action"],
          properties: {
            field: { type: "string" },
            action: { type: "string", enum: ["set", "unset", "add", "remove"] },
            value: { type: "array", items: { type: "string" } },
          },
        },
      },
    ],
    [
      "clear",
      {
        type: "array",
        items: { type: "string", enum: ["date_won", "value", "note", "contact_id", "user_id"] },
      },
    ],
    ["time_zone", { type: "string" }],
    ["dry_run", { type: "boolean" }],
    ["expected_date_updated", { type: "string" }],
  ])("%s has its type, and a description", async (name, schema) => {
    const { inputSchema } = await published();
    expect(inputSchema.properties).toHaveProperty(
      name,
      expect.objectContaining({ description: expect.stringMatching(/\S/) }),
    );
    expect(inputSchema.properties).toMatchObject({ [name]: schema });
  });

  test("there are these arguments and no others, of which only id is required", async () => {
    const { inputSchema } = await published();
    expect(Object.keys(inputSchema.properties ?? {})).toHaveLength(16);
    expect(inputSchema.required).toEqual(["id"]);
  });

  test.each([
    ["Close fills it with today", /fills? it with today/],
    [
      "it is the expected close date of an active opportunity",
      /active opportunity it is the expected close date/,
    ],
    ["leaving won keeps it", /Leaving won does not clear it/],
  ])("the description of date_won says that %s", async (_what, words) => {
    const { inputSchema } = await published();
    expect(inputSchema.properties).toHaveProperty(["date_won", "description"], expect.stringMatching(words));
  });

  test("both examples of the description work when given a real id", async () => {
    const { description = "" } = await published();
    const examples = description.split("\n").filter((line) => line.startsWith("{"));
    expect(examples).toHaveLength(2);
    for (const example of examples) await accepted({ ...parseObject(example), id });
    expect(sentBodies(sandbox)).toEqual([
      {
        status_id: statuses.salesWon,
        date_won: "2026-11-23",
        [`custom.${customFields.tags}.add`]: "Wednesday",
      },
      { value: 75_000, date_won: "2026-12-31" },
    ]);
  });

  async function published() {
    const { tools } = await host.client.listTools();
    const tool = tools.find(({ name }) => name === "update_opportunity");
    if (tool === undefined) throw new Error("update_opportunity is not listed");
    return tool;
  }
});

describe("id", () => {
  test.each([
    ["of a lead", ids.leads.acme],
    ["without anything after the prefix", "oppo_"],
    ["leading out of the path", "oppo_/../../lead/x"],
    ["with a query", `${id}?_fields=id`],
    ["in the middle of text", `the opportunity ${id}`],
    ["that is a number", 12],
  ])("an id %s is refused before anything at all is asked of Close", async (_what, wrong) => {
    const text = await refused({ id: wrong, value: 1 });
    expect(text).toMatch(/^- id: (.*oppo_|must be text)/m);
    expect(sandbox.requests).toEqual([]);
  });

  test.each([
    ["left out", {}],
    ["null", { id: null }],
    ["empty", { id: "" }],
  ])("a call with the id %s is refused: it is required", async (_what, given) => {
    expect(await refused({ ...given, value: 1 })).toContain("- id: is required");
    expect(sandbox.requests).toEqual([]);
  });

  test("an id that Close does not know is told to be unknown", async () => {
    expect(await refused({ id: "oppo_unknown", value: 1 })).toContain("no such opportunity");
  });
});

describe("status_id", () => {
  test("a stat_… id is sent as it is", async () => {
    const told = await accepted({ id, status_id: statuses.renewalsInReview });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsInReview }]);
    expect(told.summary).toContain("status Active → In review");
  });

  test.each([
    ["Won", opportunities.acmeExpansion, statuses.salesWon],
    ["Won", opportunities.acmeRenewal, statuses.renewalsWon],
    ["Active", opportunities.fjordHarbour, statuses.renewalsActive],
    ["proposal SENT", opportunities.acmeExpansion, statuses.salesProposalSent],
    ["  Proposal  sent ", opportunities.acmeExpansion, statuses.salesProposalSent],
  ])("the label %j means the status of the opportunity's own pipeline", async (label, of, status) => {
    await accepted({ id: of, status_id: label });
    expect(sentBodies(sandbox)).toEqual([{ status_id: status }]);
  });

  test("a label that only another pipeline has is refused with the text that moves the opportunity there", async () => {
    const text = await refused({ id, status_id: "churned" });
    expect(text).toContain('there is no status "churned" in the opportunity\'s own pipeline "Sales"');
    expect(text).toContain('Its statuses: "Lost", "Active", "Proposal sent", "Won"');
    expect(text).toContain('To move the opportunity to another pipeline, give "Renewals / Churned"');

    const moved = await accepted({ id, status_id: "Renewals / Churned" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
    expect(moved.summary).toContain("status Active → Churned");
    expect(moved.summary).toContain("pipeline Sales → Renewals");
  });

  test.each(["Lost", "lost", " LOST "])(
    "where no label matches, %j is the own pipeline's one status of that type",
    async (status_id) => {
      await accepted({ id: opportunities.acmeRenewal, status_id });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
    },
  );

  test("of several statuses of the type that a word names all are listed", async () => {
    placeInNewPipeline([
      { id: "stat_talking", label: "Talking", type: "active" },
      { id: "stat_signing", label: "Signing", type: "active" },
    ]);
    const text = await refused({ id, status_id: "active" });
    expect(text).toContain('several are of that type: "Talking", "Signing". Ask which is meant');
  });

  test.each(["Renewals / Won", "renewals/won", "Renewals /  WON "])(
    "%j names the status of that pipeline, whatever the opportunity's own",
    async (label) => {
      await accepted({ id, status_id: label });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsWon }]);
    },
  );

  test("a label that no status has is refused with the nearest one and all that are valid", async () => {
    const text = await refused({ id, status_id: "Proposal snet" });
    expect(text).toContain('status_id: there is no status "Proposal snet". Did you mean "Proposal sent"?');
    for (const label of ["Active", "Won", "Lost", "Renewals / In review", "Renewals / Churned"]) {
      expect(text).toContain(JSON.stringify(label));
    }
  });

  test.each(["Renewals / Lost", "Partners / Won"])(
    "%j is refused where that pipeline does not exist or lacks the label",
    async (label) => {
      const text = await refused({ id, status_id: label });
      expect(text).toContain(`there is no status ${JSON.stringify(label)}`);
      expect(text).toContain('"Renewals / Churned"');
    },
  );

  test("a text of 80,000 slashes is refused at once", async () => {
    expect(await refused({ id, status_id: "/".repeat(80_000) })).toContain(
      "status_id: has 80000 characters, and at most 1000 are possible",
    );
  });

  test("a label with a curly quote is found by a straight one", async () => {
    const fresh = await startHostFor(sandbox);
    try {
      statusesOf("Sales").push({ id: "stat_wontclose", label: "Won’t close", type: "lost" });
      await fresh.call({ id, status_id: "Won't close" });
      expect(sentBodies(sandbox)).toEqual([{ status_id: "stat_wontclose" }]);
    } finally {
      await fresh.close();
    }
  });

  test.each(["not won", "Won't close", "never won", "unwon"])(
    "%j is never answered with Won",
    async (label) => {
      const text = await refused({ id, status_id: label });
      expect(text).toContain(`there is no status ${JSON.stringify(label)}`);
      expect(text).not.toContain("Did you mean");
    },
  );

  test("where the opportunity could not be read, a label needs its pipeline", async () => {
    sandbox.fault({
      kind: "answer",
      status: 500,
      method: "GET",
      path: "/opportunity/",
      times: Number.POSITIVE_INFINITY,
    });
    const text = await refused({ id, status_id: "Won" });
    expect(text).toContain('"Sales / Won", "Renewals / Won"');
  });

  test("a label made in Close since the statuses were read is found", async () => {
    await accepted({ id, status_id: "Proposal sent" });
    statusesOf("Sales").push({ id: "stat_onhold", label: "On hold", type: "active" });
    await accepted({ id, status_id: "On hold" });
    expect(sentBodies(sandbox)).toEqual([
      { status_id: statuses.salesProposalSent },
      { status_id: "stat_onhold" },
    ]);
  });

  test("where the statuses cannot be read, an id works and a label is refused", async () => {
    const fresh = await startHostFor(sandbox);
    try {
      sandbox.fault({ kind: "answer", status: 403, path: "/pipeline/", times: Number.POSITIVE_INFINITY });
      expect(await refusal(fresh, sandbox, { id, status_id: "Won" })).toMatch(
        /status_id: .*could not be read.*stat_… id/,
      );
      expect(await fresh.call({ id, status_id: statuses.salesWon })).toMatchObject({ isError: false });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
    } finally {
      await fresh.close();
    }
  });

  test("a label of several other pipelines is refused with the candidates, each of which then works", async () => {
    const fresh = await startHostFor(sandbox);
    try {
      placeInNewPipeline([{ id: "stat_talking", label: "Talking", type: "active" }]);
      const text = await refusal(fresh, sandbox, { id, status_id: "Won" });
      expect(text).toContain('give "Sales / Won", "Renewals / Won"');

      expect(await fresh.call({ id, status_id: "Renewals / Won" })).toMatchObject({ isError: false });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsWon }]);
    } finally {
      await fresh.close();
    }
  });

  test("a label is looked up in the own pipeline also where that was made since the pipelines were read", async () => {
    await accepted({ id, status_id: "Proposal sent" });
    placeInNewPipeline([
      { id: "stat_talking", label: "Talking", type: "active" },
      { id: "stat_partnergone", label: "Churned", type: "lost" },
    ]);
    await accepted({ id, status_id: "Churned" });
    expect(sentBodies(sandbox)).toEqual([
      { status_id: statuses.salesProposalSent },
      { status_id: "stat_partnergone" },
    ]);
  });

  function statusesOf(pipeline: string) {
    return sandbox.organization.pipelines.find(({ name }) => name === pipeline)?.statuses ?? [];
  }

  /** Gives the organization a third pipeline and moves the opportunity to its first status. */
  function placeInNewPipeline(its: Pipeline["statuses"]) {
    sandbox.organization.pipelines.push({ id: "pipe_partners", name: "Partners", statuses: its });
    stored(id).status_id = its[0]?.id ?? "";
  }
});

describe("date_won", () => {
  test.each(["2026-11-20", "2031-12-31", "2028-02-29"])("the day %s is sent as it is", async (day) => {
    const told = await accepted({ id, date_won: day });
    expect(sentBodies(sandbox)).toEqual([{ date_won: day }]);
    expect(told.summary).toContain(`date_won empty → ${day}`);
  });

  test.each(["2026-02-29", "2026-13-01", "2026-11-31", "0000-00-00"])(
    "%s is refused: no day of the calendar",
    async (day) => {
      expect(await refused({ id, date_won: day })).toContain(
        `date_won: ${JSON.stringify(day)} is not a day of the calendar`,
      );
    },
  );

  test.each(["2026-11-23T10:00:00Z", "23.11.2026", "11/23/2026", "2026-1-2", "today"])(
    "%s is refused: the form is YYYY-MM-DD",
    async (day) => {
      expect(await refused({ id, date_won: day })).toMatch(/date_won: .*YYYY-MM-DD/);
    },
  );

  test("a number is refused", async () => {
    expect(await refused({ id, date_won: 20261123 })).toContain("date_won: must be text, not 20261123");
  });
});

describe("value", () => {
  test.each([0, 1, 75_050, 1_200_000_000])("%d cents are sent as cents", async (value) => {
    await accepted({ id, value });
    expect(sentBodies(sandbox)).toEqual([{ value }]);
  });

  test("cents are shown as money", async () => {
    const told = await accepted({ id, value: 75_050 });
    expect(told.summary).toContain("value $500.00 one-time → $750.50 one-time");
  });

  test.each([
    ["a fraction of a cent", 12.5, "must be a whole number, not 12.5"],
    ["dollars with cents as text", "500.00", 'must be a whole number, not "500.00"'],
    ["a currency sign", "$500", 'must be a whole number, not "$500"'],
    ["a thousands separator", "50,000", 'must be a whole number, not "50,000"'],
    ["text that is no number", "much", 'must be a whole number, not "much"'],
    ["a boolean", true, "must be a whole number, not true"],
    ["less than nothing", -1, "must be at least 0, not -1"],
    ["less than nothing as text", "-1", 'must be at least 0, not "-1"'],
  ])("%s is refused, and the unit named", async (_what, value, reason) => {
    const text = await refused({ id, value });
    expect(text).toContain(reason);
    expect(text).toMatch(/^- value: .*cents/im);
  });

  test.each([Number.MAX_SAFE_INTEGER + 1, "9007199254740993"])(
    "%j is refused: it has more digits than are kept exactly",
    async (value) => {
      expect(await refused({ id, value })).toMatch(/^- value: .*too large to be kept exactly/m);
    },
  );
});

describe("value_period", () => {
  test.each([
    ["one_time", opportunities.driftwoodTerrace],
    ["monthly", id],
    ["annual", id],
  ])("%s is sent", async (value_period, of) => {
    await accepted({ id: of, value_period });
    expect(sentBodies(sandbox)).toEqual([{ value_period }]);
  });

  test.each([
    ["anual", "annual"],
    ["Monthly", "monthly"],
    ["one-time", "one_time"],
  ])("%s is refused with the choices and the nearest of them", async (wrong, near) => {
    expect(await refused({ id, value_period: wrong })).toContain(
      `value_period: must be one of one_time, monthly, annual, not "${wrong}". Did you mean "${near}"?`,
    );
  });
});

describe("confidence", () => {
  test.each([0, 1, 100])("%d percent is sent", async (confidence) => {
    await accepted({ id, confidence });
    expect(sentBodies(sandbox)).toEqual([{ confidence }]);
  });

  test.each([
    [-1, "must be at least 0, not -1"],
    [101, "must be at most 100, not 101"],
    [0.5, "must be a whole number, not 0.5"],
    ["80%", 'must be a whole number, not "80%"'],
  ])("%j is refused", async (confidence, reason) => {
    expect(await refused({ id, confidence })).toContain(`confidence: ${reason}`);
  });
});

describe("note and note_html", () => {
  test.each([
    ["note", "Called **twice**.\n\n- wants lamps"],
    ["note", "  indented, and kept so"],
    ["note_html", "<body><p>Called <strong>twice</strong>.</p></body>"],
  ])("a %s is sent as it is: %j", async (field, text) => {
    await accepted({ id, [field]: text });
    expect(sentBodies(sandbox)).toEqual([{ [field]: text }]);
  });

  test.each([
    ["a number", 5],
    ["a list", ["line"]],
  ])("%s is no note", async (_what, note) => {
    expect(await refused({ id, note })).toContain(`note: must be text, not ${JSON.stringify(note)}`);
  });
});

describe("contact_id", () => {
  test("a cont_… id is sent as it is, and shown by name", async () => {
    const told = await accepted({ id, contact_id: contacts.leoPark });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
    expect(told.summary).toContain("contact empty → Leo Park");
  });

  test.each([
    ["name", "leo  park"],
    ["e-mail address", "Leo.Park@Example.com"],
  ])("one of the lead's contacts is found by %s", async (_how, contact_id) => {
    await accepted({ id, contact_id });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
  });

  test("a dry run shows the contact by name", async () => {
    const told = await accepted({ id, contact_id: "leo park", dry_run: true });
    expect(told.summary).toContain("contact empty → Leo Park");
  });

  test.each(["Eirik Dal", "cont_", users.samDoyle])(
    "%j, which is none of them, is refused with all of them",
    async (contact_id) => {
      const text = await refused({ id, contact_id });
      expect(text).toContain(`contact_id: there is no contact ${JSON.stringify(contact_id)}`);
      expect(text).toContain(`"Nina Okafor" (nina.okafor@example.com, ${contacts.ninaOkafor})`);
      expect(text).toContain(`"Leo Park" (leo.park@example.com, ${contacts.leoPark})`);
      expect(text).not.toContain(contacts.eirikDal);
    },
  );

  test("a first name that two of them have is refused with both", async () => {
    const text = await refused({ id, contact_id: "Leo" });
    expect(text).toMatch(/"Leo" matches "Leo Park" \(.*\) and "Leo Marsh" \(.*\): ask which is meant/);
    expect(text).not.toContain("Did you mean");
  });

  test("where the contacts cannot be read, an id works and a name is refused", async () => {
    sandbox.fault({ kind: "answer", status: 403, path: "/contact/", times: Number.POSITIVE_INFINITY });
    expect(await refused({ id, contact_id: "Leo Park" })).toMatch(
      /contact_id: "Leo Park" cannot be looked up.*403.*Give the cont_… id/,
    );
    await accepted({ id, contact_id: contacts.leoPark });
  });
});

describe("user_id", () => {
  test.each([
    ["an id", users.benQuist],
    ["an e-mail address", "ben.quist@example.com"],
    ["an e-mail address in another case", "Ben.Quist@Example.com"],
    ["a full name", "Ben Quist"],
    ["a full name in another case and spacing", " ben  QUIST "],
    ["a full name with invisible characters", "Ben\u200d \u00adQuist"],
  ])("the owner is given by %s and sent as an id", async (_what, user_id) => {
    const told = await accepted({ id, user_id });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.benQuist }]);
    expect(told.summary).toContain("owner Ada Quist → Ben Quist");
  });

  test("a name that two users bear is refused with both, told apart by e-mail address and id", async () => {
    const text = await refused({ id, user_id: "Sam Doyle" });
    expect(text).toContain('user_id: "Sam Doyle" is ambiguous');
    expect(text).toContain(`"Sam Doyle" (sam.doyle@example.com, ${users.samDoyle})`);
    expect(text).toContain(`"Sam Doyle" (sam.doyle.berlin@example.com, ${users.samDoyleBerlin})`);
  });

  test("of two users of one name each is reached by e-mail address", async () => {
    await accepted({ id, user_id: "sam.doyle.berlin@example.com" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.samDoyleBerlin }]);
  });

  test("a name that nobody bears is refused with the nearest one and all there are", async () => {
    const text = await refused({ id, user_id: "Ben Quits" });
    expect(text).toContain('user_id: there is no user "Ben Quits". Did you mean "Ben Quist"?');
    expect(text).toContain('"Ada Quist"');
  });

  test("me is the user whose key it is", async () => {
    await accepted({ id: opportunities.blueHeronShop, user_id: "me" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.adaQuist }]);
  });

  test.each(["Quist", "quist", "Sam"])(
    "%j, which is part of several names, is refused with them all",
    async (user_id) => {
      const text = await refused({ id, user_id });
      expect(text).toMatch(/matches .* and .*: ask which is meant/);
      expect(text).not.toContain("Did you mean");
    },
  );

  test("a first name alone is not taken for a full name", async () => {
    expect(await refused({ id, user_id: "Ben" })).toContain(
      'there is no user "Ben". Did you mean "Ben Quist"?',
    );
  });

  test("a user who joined since the users were read is found", async () => {
    await accepted({ id, user_id: "Ben Quist" });
    sandbox.organization.users.push({
      id: "user_newcomer",
      first_name: "Zoe",
      last_name: "Marsh",
      email: "zoe@example.com",
    });
    await accepted({ id, user_id: "Zoe Marsh" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.benQuist }, { user_id: "user_newcomer" }]);
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
    const told = await accepted({ id: filled, clear: [field] });
    expect(sentBodies(sandbox)).toEqual([{ [field]: empty }]);
    expect(told.structured.changes).toEqual([expect.objectContaining({ field, to: null, requested: true })]);
    expect(told.structured.warnings).toBeUndefined();
  });

  test("several fields are emptied in one request, beside others that are set", async () => {
    await accepted({ id: filled, clear: ["date_won", "note", "date_won"], confidence: 20 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 20, date_won: null, note: "" }]);
  });

  test("what is empty already is not sent alone", async () => {
    const told = await accepted({ id, clear: ["date_won", "contact_id"] });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured.changes).toEqual([]);
    expect(told.summary).toContain("Nothing to change");
  });

  test.each(["confidence", "status_id", "note_html", "contact"])(
    "%s is refused with the fields that can be emptied",
    async (field) => {
      expect(await refused({ id: filled, clear: [field] })).toContain(
        `clear[0]: must be one of date_won, value, note, contact_id, user_id, not "${field}"`,
      );
    },
  );

  test.each(["note", { note: true }])("%j is refused: a list is needed", async (clear) => {
    expect(await refused({ id: filled, clear })).toContain("clear: must be a list");
  });
});

describe("time_zone", () => {
  test.each([
    ["UTC", "0", "2026-11-23"],
    ["America/New_York", "-5", "2026-11-23"],
    ["America/St_Johns", "-3.5", "2026-11-23"],
    ["Asia/Kathmandu", "5.75", "2026-11-24"],
    ["Pacific/Auckland", "13", "2026-11-24"],
  ])("a win in %s is dated by that zone", async (time_zone, offset, day) => {
    const told = await accepted({ id, status_id: "Won", time_zone });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
    expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe(offset);
    expect(told.summary).toContain(`date_won empty → ${day} (set by Close)`);
    expect(told.structured.warnings).toBeUndefined();
  });

  test.each([
    ["CLOSE_TIME_ZONE", { CLOSE_TIME_ZONE: "Asia/Kathmandu", TZ: "America/New_York" }],
    ["the machine's zone where that is not set", { CLOSE_TIME_ZONE: "", TZ: "Asia/Kathmandu" }],
  ])("without it a win is dated by %s", async (_what, env) => {
    const kathmandu = await startHostFor(sandbox, { now, env });
    try {
      const told = await kathmandu.call({ id, status_id: statuses.salesWon });
      expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe("5.75");
      expect(told.summary).toContain("date_won empty → 2026-11-24 (set by Close)");
    } finally {
      await kathmandu.close();
    }
  });

  test.each(["Mars/Olympus", "+05:30", "New York"])("%s is refused with an example", async (time_zone) => {
    expect(await refused({ id, status_id: "Won", time_zone })).toContain(
      `time_zone: ${JSON.stringify(time_zone)} is not an IANA time zone such as America/New_York`,
    );
  });
});

describe("dry_run", () => {
  test("shows the exact request and the expected changes, and sends nothing", async () => {
    const told = await accepted({
      id,
      status_id: "won",
      value: 60_000,
      time_zone: "Asia/Kathmandu",
      dry_run: true,
    });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.summary).toContain("Dry run, nothing was sent.");
    expect(told.structured).toMatchObject({
      id,
      dry_run: true,
      status_label: "Active",
      value: 50_000,
      date_won: null,
      request: {
        method: "PUT",
        path: `/opportunity/${id}/`,
        headers: { "content-type": "application/json", "x-tz-offset": "5.75" },
        body: { status_id: statuses.salesWon, value: 60_000 },
      },
      changes: [
        { field: "status_id", label: "status", from: "Active", to: "Won", requested: true },
        { field: "value", from: 50_000, to: 60_000, requested: true },
        { field: "date_won", label: "date_won", from: null, to: "2026-11-24", requested: false },
      ],
    });
  });

  test("foretells what the update then does", async () => {
    const args = {
      id: opportunities.elmStreetVisits,
      status_id: "Renewals / Won",
      user_id: "ben.quist@example.com",
      clear: ["contact_id", "note"],
      custom_fields: [{ field: "Visit days", action: "remove", value: "tuesday" }],
    };
    const dry = await accepted({ ...args, dry_run: true });
    expect(sentBodies(sandbox)).toEqual([]);
    const real = await accepted(args);
    expect(dry.structured).toHaveProperty(["request", "body"], sentBodies(sandbox)[0]);
    expect(real.structured.changes).toEqual(dry.structured.changes);
  });

  test("shows no credentials", async () => {
    const told = await accepted({ id, value: 1, dry_run: true });
    expect(told.text).not.toMatch(/authorization/i);
    expect(told.text).not.toContain(sandbox.apiKey);
    expect(told.text).not.toContain(Buffer.from(`${sandbox.apiKey}:`).toString("base64"));
  });

  test("of what already holds says that there is nothing to send", async () => {
    const told = await accepted({ id, value: 50_000, dry_run: true });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured).toMatchObject({ dry_run: true, changes: [] });
    expect(told.summary).toContain("Nothing to change");
  });

  test("checks as the update does", async () => {
    expect(await refused({ id, status_id: "Wonn", dry_run: true })).toContain('Did you mean "Won"?');
  });

  test("false sends as if it was not given", async () => {
    const told = await accepted({ id, value: 1, dry_run: false });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
    expect(told.structured).not.toHaveProperty("dry_run");
  });
});

describe("expected_date_updated", () => {
  test.each([
    "2024-01-08T09:15:00.000000+00:00",
    "2024-01-08T09:15:00.000Z",
    "2024-01-08T09:15:00Z",
    "2024-01-08T10:15:00+01:00",
  ])("the update goes through where the opportunity was last changed at that instant: %s", async (seen) => {
    await accepted({ id, value: 1, expected_date_updated: seen });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
  });

  test("the update is refused where someone has changed the opportunity since, and it is said when and who", async () => {
    stored(id).date_updated = "2026-11-23T19:59:00.250000+00:00";
    stored(id).updated_by = users.benQuist;
    const text = await refused({ id, value: 1, expected_date_updated: "2024-01-08T09:15:00.000000+00:00" });
    expect(text).toContain("has changed since 2024-01-08T09:15:00.000000+00:00");
    expect(text).toContain("2026-11-23T19:59:00.250000+00:00");
    expect(text).toContain("Ben Quist");
    expect(stored(id).value).toBe(50_000);
  });

  test("a dry run is refused likewise", async () => {
    const text = await refused({
      id,
      value: 1,
      dry_run: true,
      expected_date_updated: "2024-01-08T09:14:59Z",
    });
    expect(text).toContain("has changed since");
  });

  test("a second update with the first one's answer goes through", async () => {
    const first = await accepted({ id, value: 1 });
    await accepted({ id, value: 2, expected_date_updated: first.structured.date_updated });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }, { value: 2 }]);
  });

  test.each(["yesterday", "2024-13-08T09:15:00Z"])("%s is refused: no timestamp", async (seen) => {
    expect(await refused({ id, value: 1, expected_date_updated: seen })).toContain(
      `expected_date_updated: ${JSON.stringify(seen)} is not a timestamp`,
    );
  });
});

describe("a stray empty value counts as not given", () => {
  const optional = [
    "status_id",
    "date_won",
    "value",
    "value_period",
    "confidence",
    "note",
    "note_html",
    "contact_id",
    "user_id",
    "custom_fields",
    "clear",
    "time_zone",
    "dry_run",
    "expected_date_updated",
  ];
  const strays = [null, "", "null", "  ", "None", " undefined ", "nil", "<nil>", "NULL"];
  const cases = optional.flatMap((argument) => strays.map((stray) => [argument, stray] as const));

  test.each(cases)("%s: %j", async (argument, stray) => {
    const [other, body] =
      argument === "value"
        ? [{ confidence: 20 }, { confidence: 20 }]
        : [{ value: 60_000 }, { value: 60_000 }];
    const told = await accepted({ id: opportunities.blueHeronShop, ...other, [argument]: stray });
    expect(sentBodies(sandbox)).toEqual([body]);
    expect(told.structured.warnings).toEqual([
      expect.stringMatching(new RegExp(`Ignored.*: ${argument}\\.`)),
    ]);
    expect(told.summary).toContain("Ignored");
  });

  test("all of them at once, as some hosts send them", async () => {
    const untouched = Object.fromEntries(optional.map((argument) => [argument, null]));
    const told = await accepted({ ...untouched, id, value: 60_000 });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    const ignored = optional.filter((argument) => argument !== "value").join(", ");
    expect(told.structured.warnings).toEqual([expect.stringContaining(ignored)]);
  });

  test("an empty note leaves the note as it is; clear empties it", async () => {
    await accepted({ id, note: "", value: 60_000 });
    expect(stored(id).note).toBe("Second warehouse needs lamps.");
    await accepted({ id, note: "", clear: ["note"] });
    expect(stored(id).note).toBe("");
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }, { note: "" }]);
  });

  test.each([
    ["null", { value: null, date_won: null }, "value, date_won"],
    ["an empty note", { note: "" }, "note"],
  ])(
    "where nothing else is given, %s is refused with the way to empty a field",
    async (_what, given, names) => {
      const text = await refused({ id, ...given });
      expect(text).toContain("no change was given");
      expect(text).toMatch(new RegExp(`Ignored.*: ${names}\\..*clear`));
    },
  );
});

describe("what hosts do to values is undone where nothing is lost", () => {
  test.each([
    ["value", "50001", { value: 50_001 }],
    ["value", " 50001 ", { value: 50_001 }],
    ["value", "0", { value: 0 }],
    ["confidence", "80", { confidence: 80 }],
    ["clear", '["note"]', { note: "" }],
    ["clear", "[]", { value_period: "annual" }],
    [
      "custom_fields",
      '[{"field": "Seats", "action": "set", "value": 7}]',
      { [`custom.${customFields.seats}`]: 7 },
    ],
    [
      "custom_fields",
      ['{"field": "Seats", "action": "set", "value": "7"}'],
      { [`custom.${customFields.seats}`]: 7 },
    ],
  ])("%s: %j", async (argument, given, body) => {
    const other = given === "[]" ? { value_period: "annual" } : {};
    await accepted({ id, ...other, [argument]: given });
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test.each([true, "true", "True", " TRUE "])("dry_run: %j sends nothing", async (dry_run) => {
    const told = await accepted({ id, value: 1, dry_run });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(told.structured.dry_run).toBe(true);
  });

  test.each([false, "false"])("dry_run: %j sends", async (dry_run) => {
    await accepted({ id, value: 1, dry_run });
    expect(sentBodies(sandbox)).toEqual([{ value: 1 }]);
  });

  test.each([
    ["dry_run", "yes", "must be true or false"],
    ["dry_run", 1, "must be true or false"],
    ["clear", '["note"', "must be a list"],
    ["clear", '{"note": true}', "must be a list"],
    ["custom_fields", "Seats = 7", "must be a list"],
    ["custom_fields", { field: "Seats", action: "unset" }, "must be a list"],
  ])("%s: %j is refused with the reason", async (argument, given, reason) => {
    expect(await refused({ id, value: 1, [argument]: given })).toContain(`${argument}: ${reason}`);
  });
});

describe("an unknown argument is refused by name", () => {
  test.each([
    ["statusId", "status_id"],
    ["status", "status_id"],
    ["data_won", "date_won"],
    ["valeu", "value"],
    ["VALUE", "value"],
    ["valuePeriod", "value_period"],
    ["confidense", "confidence"],
    ["notes", "note_append"],
    ["noteHtml", "note_html"],
    ["contact", "contact_id"],
    ["user", "user_id"],
    ["custom_field", "custom_fields"],
    ["timezone", "time_zone"],
    ["dryRun", "dry_run"],
    ["expected_date_update", "expected_date_updated"],
  ])("%s: did you mean %s?", async (unknown, near) => {
    expect(await refused({ id, value_period: "annual", [unknown]: "x" })).toMatch(
      new RegExp(`^- ${unknown}: unknown argument\\. Did you mean "${near}"`, "m"),
    );
  });

  test("also where its value is empty, and where it resembles none; the known ones are listed", async () => {
    const text = await refused({ id, value: 1, zodiac: null });
    expect(text).toMatch(/^- zodiac: unknown argument\. Known: id, status_id, .*expected_date_updated\. If/m);
  });

  test.each([
    [`custom.${customFields.seats}`, "custom_fields"],
    [customFields.seats, "custom_fields"],
    ["custom", "custom_fields"],
    ["pipeline_id", "status_id"],
    ["lead_id", "cannot be changed or renamed here"],
    ["date_lost", "does not let this be changed"],
    ["value_currency", "cannot be changed here"],
    ["expected_value", "does not let this be changed"],
    ["annualized_value", "does not let this be changed"],
    ["created_by", "does not let this be changed"],
  ])("%s is told where it belongs, or that it cannot be changed", async (unknown, advice) => {
    const text = await refused({ id, value: 1, [unknown]: "x" });
    const line = text.split("\n").find((one) => one.startsWith(`- ${unknown}: unknown argument.`));
    expect(line?.replace(/Known: .*/, "")).toContain(advice);
  });

  test.each(["constructor", "toString", "hasOwnProperty"])(
    "%s, which every object seems to have, is unknown too",
    async (name) => {
      expect(await refused({ id, value: 1, [name]: "x" })).toContain(`- ${name}: unknown argument.`);
    },
  );
});

describe("a contradiction is refused, saying which", () => {
  test.each([
    ["nothing but the id", {}, "no change was given"],
    ["empty lists", { clear: [], custom_fields: [] }, "no change was given"],
    [
      "only how to update",
      { dry_run: true, time_zone: "UTC", expected_date_updated: "2024-01-08T09:15:00Z" },
      "no change was given",
    ],
    ["two notes", { note: "a", note_html: "<body><p>b</p></body>" }, "note, note_html: use one of them"],
    ["date_won", { date_won: "2026-11-23", clear: ["date_won"] }, "date_won is both set and cleared"],
    ["value", { value: 0, clear: ["value"] }, "value is both set and cleared"],
    ["note", { note: "a", clear: ["note"] }, "note is both set and cleared"],
    [
      "note_html",
      { note_html: "<body><p>b</p></body>", clear: ["note"] },
      "note_html, clear: note is both set and cleared",
    ],
    [
      "contact_id",
      { contact_id: contacts.leoPark, clear: ["contact_id"] },
      "contact_id is both set and cleared",
    ],
    ["user_id", { user_id: "Ben Quist", clear: ["user_id"] }, "user_id is both set and cleared"],
    [
      "a custom field",
      {
        custom_fields: [
          { field: "Seats", action: "set", value: 7 },
          { field: customFields.seats, action: "unset" },
        ],
      },
      'custom_fields[0], custom_fields[1]: conflicting actions on "Seats" (set, unset)',
    ],
  ])("%s", async (_what, given, words) => {
    expect(await refused({ id, ...given })).toContain(words);
  });
});

describe("several mistakes are reported together", () => {
  test("values that do not fit, unknown arguments, contradictions and names that nothing bears", async () => {
    const text = await refused({
      id,
      status_id: "Wonn",
      user_id: "Ben Quits",
      value: "500.00",
      confidence: 101,
      date_won: "2026-02-30",
      stage: "x",
      note: "a",
      note_html: "<body><p>b</p></body>",
      custom_fields: [{ field: "Seets", action: "set", value: 7 }],
    });
    expect(text).toContain("Nothing was sent: update_opportunity was called with 8 invalid arguments.");
    for (const start of [
      'status_id: there is no status "Wonn"',
      'user_id: there is no user "Ben Quits"',
      "value: must be a whole number",
      "confidence: must be at most 100",
      'date_won: "2026-02-30" is not a day',
      "stage: unknown argument",
      "note, note_html: use one of them",
      'custom_fields[0]: there is no custom field "Seets"',
    ]) {
      expect(text).toContain(`\n- ${start}`);
    }
  });

  test("a contact that the lead does not have, beside a value that is not valid", async () => {
    const text = await refused({ id, value: "500.00", contact_id: "Nobody Here" });
    expect(text).toContain("\n- value: must be a whole number");
    expect(text).toContain('\n- contact_id: there is no contact "Nobody Here"');
  });

  test("several within one list", async () => {
    const text = await refused({
      id,
      clear: ["confidence", "lead"],
      custom_fields: [
        { field: "Seats", action: "put", value: 7 },
        { action: "set", value: 7, extra: true },
        "Seats",
      ],
    });
    for (const start of [
      "clear[0]: must be one of",
      "clear[1]: must be one of",
      "custom_fields[0].action: must be one of set, unset, add, remove",
      "custom_fields[1].field: is required",
      "custom_fields[1].extra: unknown argument",
      "custom_fields[2]: must be an operation",
    ]) {
      expect(text).toContain(`\n- ${start}`);
    }
  });

  test("a mistaken entry of a list and the names of other arguments that nothing bears", async () => {
    const text = await refused({
      id,
      status_id: "Wonn",
      clear: ["confidence"],
      custom_fields: [
        { field: "Seats", action: "put", value: 7 },
        { field: "Region", action: "unset" },
      ],
    });
    for (const start of [
      "clear[0]: must be one of",
      "custom_fields[0].action: must be one of",
      'status_id: there is no status "Wonn"',
    ]) {
      expect(text).toContain(`\n- ${start}`);
    }
  });

  test("a mistaken entry of a list and a contradiction", async () => {
    const text = await refused({ id, clear: ["confidence"], note: "a", note_html: "<body>b</body>" });
    expect(text).toContain("\n- clear[0]: must be one of");
    expect(text).toContain("\n- note, note_html: use one of them");
  });

  test("a mistaken id and a contradiction", async () => {
    const text = await refused({ id: ids.leads.acme, note: "a", note_html: "<body><p>b</p></body>" });
    for (const start of ["id: ", "note, note_html: use one of them"]) {
      expect(text).toContain(`\n- ${start}`);
    }
  });

  test("but with a mistaken id a label is not called ambiguous: the own pipeline is not known", async () => {
    const text = await refused({ id: ids.leads.acme, status_id: "Won" });
    expect(text).toContain("was called with 1 invalid argument.");
    expect(text).not.toContain("ambiguous");
  });

  test("a mistaken value also where the opportunity does not exist", async () => {
    const text = await refused({ id: "oppo_unknown", status_id: "Won", value: 12.5 });
    expect(text).toContain("no such opportunity");
    expect(text).toContain("value: must be a whole number");
  });

  test("a single mistake keeps everything else of the call from being sent", async () => {
    await refused({ id, value: 60_000, confidence: 101, note: "kept back" });
    expect(stored(id)).toMatchObject({
      value: 50_000,
      confidence: 50,
      note: "Second warehouse needs lamps.",
    });
  });
});

describe("all arguments together", () => {
  test("make one request", async () => {
    await accepted({
      id: opportunities.acmeRenewal,
      status_id: "In review",
      date_won: "2026-12-31",
      value: 1_300_000,
      value_period: "monthly",
      confidence: 85,
      note_html: "<body><p>Two years.</p></body>",
      contact_id: contacts.leoPark,
      custom_fields: [{ field: "Seats", action: "set", value: 45 }],
      clear: ["user_id"],
      time_zone: "Europe/Berlin",
      dry_run: false,
      expected_date_updated: "2024-01-08T09:15:00Z",
    });
    expect(sentBodies(sandbox)).toEqual([
      {
        status_id: statuses.renewalsInReview,
        date_won: "2026-12-31",
        value: 1_300_000,
        value_period: "monthly",
        confidence: 85,
        note_html: "<body><p>Two years.</p></body>",
        contact_id: contacts.leoPark,
        user_id: null,
        [`custom.${customFields.seats}`]: 45,
      },
    ]);
  });

  test("what already holds is sent too, as long as something differs", async () => {
    await accepted({ id, value: 50_000, confidence: 51 });
    expect(sentBodies(sandbox)).toEqual([{ value: 50_000, confidence: 51 }]);
  });
});

describe("keys that hosts add beside the arguments", () => {
  const added = {
    toolCallId: "call_1",
    sessionId: "s",
    chatInput: "hi",
    action: "sendMessage",
    tool: "update",
  };

  test("are ignored with a warning that names them", async () => {
    const told = await accepted({
      id,
      value: 60_000,
      ...added,
      task_progress: "- [x] find",
      wait_for_previous: true,
    });
    expect(sentBodies(sandbox)).toEqual([{ value: 60_000 }]);
    expect(told.structured.warnings).toEqual([
      "Ignored, because added by the host: toolCallId, sessionId, chatInput, action, tool, task_progress, wait_for_previous.",
    ]);
  });

  test.each([
    ["find_opportunities", { lead_name: "Acme" }],
    ["get_opportunity", { id }],
    ["describe_opportunity_fields", {}],
    ["update_opportunities", { updates: [{ ids: [id], value: 1 }] }],
  ])("are ignored by %s as well", async (tool, args) => {
    const told = await host.call({ ...args, ...added }, tool);
    expect(told.isError).toBe(false);
    expect(told.structured.warnings).toEqual([expect.stringContaining("toolCallId")]);
  });

  test("beside a mistake are named in the refusal, but are no mistakes themselves", async () => {
    const text = await refused({ id, confidence: 101, ...added });
    expect(text).toContain("was called with 1 invalid argument.");
    expect(text).toContain("added by the host: toolCallId");
  });
});

describe("an agent that fills in every argument", () => {
  const filledIn = {
    ...Object.fromEntries(
      ["status_id", "date_won", "note", "note_append", "note_html", "contact_id", "user_id"].map((name) => [
        name,
        "",
      ]),
    ),
    value: 0,
    value_period: "one_time",
    confidence: 0,
    custom_fields: [],
    clear: [],
    time_zone: "",
    dry_run: false,
    expected_date_updated: "",
  };
  const held = { value: 50_000, confidence: 50 };

  test("is refused where its zeros would wipe what is there, and told how to call again", async () => {
    const text = await refused({ ...filledIn, id });
    expect(text).toContain(
      "that would replace value $500.00 and confidence 50. Call again with only the arguments",
    );
    expect(stored(id)).toMatchObject(held);
  });

  test("is refused also where it wants something else", async () => {
    await refused({ ...filledIn, id, status_id: "Won", date_won: "2026-11-23" });
    expect(stored(id)).toMatchObject({ ...held, status_id: statuses.salesActive });
  });

  test("gets through with value and confidence as they are", async () => {
    await accepted({ ...filledIn, id, ...held, status_id: "Won" });
    expect(sentBodies(sandbox)).toEqual([
      { status_id: statuses.salesWon, ...held, value_period: "one_time" },
    ]);
  });

  test("gets through with zeros that are meant, if it shows that it has read the opportunity", async () => {
    await accepted({ ...filledIn, id, expected_date_updated: stored(id).date_updated });
    expect(stored(id)).toMatchObject({ value: 0, confidence: 0 });
  });

  test("is not mistaken for a strict host, which sends null for what is not given, and means its zeros", async () => {
    const nulls = Object.fromEntries(Object.keys(filledIn).map((name) => [name, null]));
    const told = await accepted({ ...nulls, id, value: 0, confidence: 0 });
    expect(sentBodies(sandbox)).toEqual([{ value: 0, confidence: 0 }]);
    expect(told.structured.warnings).toEqual([expect.stringContaining("Ignored because null or empty")]);
  });

  test("in a lesser case is warned of the zero and of what was there", async () => {
    const told = await accepted({ id, value: 0, note: "", contact_id: "" });
    expect(sentBodies(sandbox)).toEqual([{ value: 0 }]);
    expect(told.structured.warnings).toContainEqual(
      "value is set to 0; it was $500.00. note, contact_id came as empty text: if the 0 was only filled in as well, set value back.",
    );
  });

  test("in an entry of update_opportunities has that row alone refused", async () => {
    const { time_zone, dry_run, ...entry } = filledIn;
    const updates = [
      { ...entry, ids: [id], id: "" },
      { ids: [opportunities.acmeRenewal], confidence: 70 },
    ];
    const told = await host.call({ updates }, "update_opportunities");
    expect(told.isError).toBe(false);
    expect(told.structured.results).toMatchObject([
      { id, outcome: "refused", error: expect.stringContaining("every argument was given") },
      { id: opportunities.acmeRenewal, outcome: "updated" },
    ]);
    expect(stored(id)).toMatchObject(held);
  });
});

describe("words of other systems are answered with ours", () => {
  test.each([
    ...["close_at", "close_date", "closeDate", "expected_date", "expected_close_date"].map((word) => [
      word,
      '"date_won"',
    ]),
    ...["amount", "price", "deal_value", "dealValue"].map((word) => [word, '"value"? It is in cents']),
    ...["owner", "assignee", "owner_id", "ownerId", "assigned_to"].map((word) => [word, '"user_id"']),
    ...["stage", "status", "dealstage", "pipeline"].map((word) => [word, '"status_id"']),
    ...["probability", "win_probability"].map((word) => [word, '"confidence"']),
    ...["tags", "labels"].map((word) => [word, '{"field": "Tags", "action": "add", "value": ["…"]}']),
    ...["contact", "contact_name"].map((word) => [word, '"contact_id"']),
    ...["notes", "comment", "description"].map((word) => [
      word,
      '"note_append", which adds to the note, or "note"',
    ]),
    ["ids", "use update_opportunities"],
  ])("%s: %s", async (word, ours) => {
    const text = await refused({ id, confidence: 20, [String(word)]: "x" });
    const line = text.split("\n").find((one) => one.startsWith(`- ${word}: unknown argument.`));
    expect(line).toContain(ours);
  });

  test.each([
    ["name", "has no name of its own"],
    ["title", "has no name of its own"],
    ["currency", "cannot be changed here"],
    ["lead_name", "cannot be changed or renamed here"],
    ["lead_id", "cannot be changed or renamed here"],
    ["date_created", "Close does not let this be changed"],
  ])("%s is not taken for anything else: %s, and calling again is not advised", async (word, reason) => {
    const text = await refused({ id, [word]: "x" });
    expect(text).toContain(`- ${word}: unknown argument.`);
    expect(text).toContain(reason);
    expect(text).not.toContain("Did you mean");
    expect(text).not.toContain("call again");
  });

  test("in an entry of update_opportunities too", async () => {
    const updates = [{ ids: [id], stage: "Won", name: "x", "custom.cf_x": 5 }];
    const { isError, text } = await host.call({ updates }, "update_opportunities");
    expect(isError).toBe(true);
    expect(text).toContain('- updates[0].stage: unknown argument. Did you mean "status_id"?');
    expect(text).toContain(
      "- updates[0].name: unknown argument. An opportunity in Close has no name of its own",
    );
    expect(text).toContain('custom_fields: [{"field":"custom.cf_x","action":"set","value":["5"]}]');
    expect(text).toContain("Correct the rest and leave out what cannot be done, then call again");
  });

  test.each([
    ["status_id", "status"],
    ["owner", "user"],
    ["assignee", "user"],
    ["user_id", "user"],
    ["company", "lead_name"],
    ["name", "lead_name"],
    ["close_date", "date_won_from"],
    ["sort", "order_by"],
    ["offset", "skip"],
    ["page_size", "limit"],
  ])("%s of find_opportunities: did you mean %s?", async (word, ours) => {
    const { isError, text } = await host.call({ [word]: "x" }, "find_opportunities");
    expect(isError).toBe(true);
    expect(text).toMatch(/^find_opportunities was called with 1 invalid argument\.$/m);
    expect(text).toContain(`- ${word}: unknown argument. Did you mean "${ours}"`);
    expect(text).not.toMatch(/unchanged|Nothing was sent/);
  });
});

describe("a form that a refusal shows is one that works", () => {
  /** The JSON of a list in a text. */
  function shownList(text: string): unknown {
    const [list] = /\[\{.*\}\]/.exec(text) ?? [];
    return JSON.parse(list ?? "null");
  }

  test.each<[string, Record<string, unknown>, unknown]>([
    ["a map of fields", { custom_fields: { Seats: 55 } }, { [`custom.${customFields.seats}`]: 55 }],
    [
      "a map of two fields, as JSON text",
      { custom_fields: '{"Seats": "55", "Competitor": "None"}' },
      { [`custom.${customFields.seats}`]: 55, [`custom.${customFields.competitor}`]: "None" },
    ],
    [
      "one operation that is not in a list",
      { custom_fields: { field: "Seats", action: "set", value: 55 } },
      { [`custom.${customFields.seats}`]: 55 },
    ],
    [
      "one without its action",
      { custom_fields: { field: "Seats", value: 55 } },
      { [`custom.${customFields.seats}`]: 55 },
    ],
    ["Close's own key", { [`custom.${customFields.seats}`]: 55 }, { [`custom.${customFields.seats}`]: 55 }],
    ["an id alone", { [customFields.seats]: "55" }, { [`custom.${customFields.seats}`]: 55 }],
    [
      "Close's own key to add to",
      { [`custom.${customFields.tags}.add`]: "Wednesday" },
      { [`custom.${customFields.tags}.add`]: "Wednesday" },
    ],
    ["a field's name", { Seats: 55 }, { [`custom.${customFields.seats}`]: 55 }],
  ])("%s", async (_what, given, body) => {
    const text = await refused({ id, ...given });
    await accepted({ id, custom_fields: shownList(text) });
    expect(sentBodies(sandbox)).toEqual([body]);
  });

  test("and none that empties what a host filled in as null", async () => {
    expect(await refused({ id, value: 1, Seats: null })).not.toContain("unset");
  });
});

describe("ids and names are trimmed", () => {
  test.each([
    [{ id: ` ${id}\n` }, { value: 1 }],
    [
      { id, status_id: ` ${statuses.salesWon} ` },
      { status_id: statuses.salesWon, value: 1 },
    ],
    [
      { id, user_id: `\t${users.benQuist}` },
      { user_id: users.benQuist, value: 1 },
    ],
    [
      { id, contact_id: `${contacts.leoPark} ` },
      { contact_id: contacts.leoPark, value: 1 },
    ],
    [
      { id, date_won: " 2026-12-31 " },
      { date_won: "2026-12-31", value: 1 },
    ],
  ])("%j", async (given, body) => {
    await accepted({ value: 1, ...given });
    expect(sentBodies(sandbox)).toEqual([body]);
  });
});

test.each(["BST", "AST", "SST", "NST", "EST", "GMT"])(
  "the time zone %s is refused: abbreviations are ambiguous",
  async (zone) => {
    const text = await refused({ id, status_id: "Won", time_zone: zone });
    expect(text).toContain(`time_zone: "${zone}" is not an IANA time zone such as America/New_York`);
    expect(text).toContain("ambiguous");
  },
);

test.each(["", ":"])("with TZ=%j, which names no zone, today is the day in UTC", async (TZ) => {
  const other = await startHostFor(sandbox, { now, env: { CLOSE_TIME_ZONE: "", TZ } });
  try {
    const told = await other.call({ id, status_id: statuses.salesWon });
    expect(told.isError).toBe(false);
    expect(puts(sandbox)[0]?.headers["x-tz-offset"]).toBe("0");
    expect(other.log()).toMatch(/"level":"warn".*no time zone is known: UTC decides.*CLOSE_TIME_ZONE/);
  } finally {
    await other.close();
  }
});

test.each(["unset", "unset with a word for null"])(
  "%s takes what hosts fill in as its value",
  async (what) => {
    const value = what === "unset" ? [] : ["None"];
    await accepted({
      id: opportunities.acmeRenewal,
      custom_fields: [{ field: "Seats", action: "unset", value }],
    });
    expect(sentBodies(sandbox)).toEqual([{ [`custom.${customFields.seats}`]: null }]);
  },
);
