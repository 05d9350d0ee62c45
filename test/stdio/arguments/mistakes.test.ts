import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, contacts, customFields } = ids;
const id = opportunities.acmeExpansion;

const { sandbox, refused, stored } = await serveUpdates();

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
  ])("a call with the id %s is refused, as it is required", async (_what, given) => {
    expect(await refused({ ...given, value: 1 })).toContain("- id: is required");
    expect(sandbox.requests).toEqual([]);
  });

  test("an id that Close does not know is refused as that of no opportunity", async () => {
    expect(await refused({ id: "oppo_unknown", value: 1 })).toContain("no such opportunity");
  });
});

describe("a contradiction is refused with both sides of it", () => {
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
  test("invalid values, unknown arguments, contradictions and names that nothing has", async () => {
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

  test("several mistakes within one list", async () => {
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

  test("a mistaken entry of a list, and a name in another argument that nothing has", async () => {
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

  test("but a label is not called ambiguous because the id is mistaken and the own pipeline not known", async () => {
    const text = await refused({ id: ids.leads.acme, status_id: "Won" });
    expect(text).toContain("was called with 1 invalid argument.");
    expect(text).not.toContain("ambiguous");
  });

  test("a mistaken value, and an opportunity that does not exist", async () => {
    const text = await refused({ id: "oppo_unknown", status_id: "Won", value: 12.5 });
    expect(text).toContain("no such opportunity");
    expect(text).toContain("value: must be a whole number");
  });

  test("and a single one keeps everything else of the call from being sent", async () => {
    await refused({ id, value: 60_000, confidence: 101, note: "kept back" });
    expect(stored(id)).toMatchObject({
      value: 50_000,
      confidence: 50,
      note: "Second warehouse needs lamps.",
    });
  });

  test("without a question to Close if no name has to be looked up", async () => {
    const text = await refused({ id, confidence: 150, valeu: 5, date_won: "2026-02-30" });
    for (const name of ["confidence", "valeu", "date_won"]) expect(text).toContain(`\n- ${name}: `);
    expect(sandbox.requests).toEqual([]);
  });
});
