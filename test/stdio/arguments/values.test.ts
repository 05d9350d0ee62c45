import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, contacts, customFields } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

const { sandbox, accepted, refused } = await serveUpdates();

describe("date_won", () => {
  test.each(["2026-11-20", "2031-12-31", "2028-02-29"])("the day %s is sent as it is", async (day) => {
    const reply = await accepted({ id, date_won: day });
    expect(sentBodies(sandbox)).toEqual([{ date_won: day }]);
    expect(reply.summary).toContain(`date_won empty → ${day}`);
  });

  test.each(["2026-02-29", "2026-13-01", "2026-11-31", "0000-00-00"])(
    "%s is refused, as the calendar has no such day",
    async (day) => {
      expect(await refused({ id, date_won: day })).toContain(
        `date_won: ${JSON.stringify(day)} is not a day of the calendar`,
      );
    },
  );

  test.each(["2026-11-23T10:00:00Z", "23.11.2026", "11/23/2026", "2026-1-2", "today"])(
    "%s is refused with the form that is needed, YYYY-MM-DD",
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
    const reply = await accepted({ id, value: 75_050 });
    expect(reply.summary).toContain("value $500.00 one-time → $750.50 one-time");
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
  ])("%s is refused with the unit that is needed", async (_what, value, reason) => {
    const text = await refused({ id, value });
    expect(text).toContain(reason);
    expect(text).toMatch(/^- value: .*cents/im);
  });

  test.each([Number.MAX_SAFE_INTEGER + 1, "9007199254740993"])(
    "%j is refused, as it has more digits than are kept exactly",
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
  ])("%s is refused with the periods that there are, and the nearest of them", async (wrong, near) => {
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
  ])("%s is refused as a note", async (_what, note) => {
    expect(await refused({ id, note })).toContain(`note: must be text, not ${JSON.stringify(note)}`);
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

  test("several fields are emptied in one request, beside others that are set", async () => {
    await accepted({ id: filled, clear: ["date_won", "note", "date_won"], confidence: 20 });
    expect(sentBodies(sandbox)).toEqual([{ confidence: 20, date_won: null, note: "" }]);
  });

  test("a field that is empty already is not sent alone", async () => {
    const reply = await accepted({ id, clear: ["date_won", "contact_id"] });
    expect(sentBodies(sandbox)).toEqual([]);
    expect(reply.structured.changes).toEqual([]);
    expect(reply.summary).toContain("Nothing to change");
  });

  test.each(["confidence", "status_id", "note_html", "contact"])(
    "%s is refused with the fields that can be emptied",
    async (field) => {
      expect(await refused({ id: filled, clear: [field] })).toContain(
        `clear[0]: must be one of date_won, value, note, contact_id, user_id, not "${field}"`,
      );
    },
  );

  test.each([[null], [5], [true], [{}], [["note"]]])(
    "%j beside one of them is refused in the same words",
    async (entry) => {
      expect(await refused({ id: filled, clear: ["note", entry] })).toContain(
        `clear[1]: must be one of date_won, value, note, contact_id, user_id, not ${JSON.stringify(entry)}`,
      );
    },
  );

  test.each(["note", { note: true }])("%j is refused, as a list is needed", async (clear) => {
    expect(await refused({ id: filled, clear })).toContain("clear: must be a list");
  });
});

describe("all arguments together", () => {
  test("become one request", async () => {
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

  test("include values that are there already, as long as one differs", async () => {
    await accepted({ id, value: 50_000, confidence: 51 });
    expect(sentBodies(sandbox)).toEqual([{ value: 50_000, confidence: 51 }]);
  });
});
