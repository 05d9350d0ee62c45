import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { serveUpdates } from "../../support/updates.ts";

const id = ids.opportunities.acmeExpansion;

const { sandbox, refused } = await serveUpdates();

describe("id", () => {
  test.each([
    ["of a lead", ids.leads.acme],
    ["leading out of the path", "oppo_/../../lead/x"],
    ["in the middle of text", `the opportunity ${id}`],
    ["that is a number", 12],
  ])("an id %s is refused before anything at all is asked of Close", async (_what, wrong) => {
    expect(await refused({ id: wrong, value: 1 })).toMatch(/^- id: (.*oppo_|must be text)/m);
    expect(sandbox.requests).toEqual([]);
  });

  test.each([{}, { id: null }])("is required: %j", async (given) => {
    expect(await refused({ ...given, value: 1 })).toContain("- id: is required");
  });

  test("an id that Close does not know is refused as that of no opportunity", async () => {
    expect(await refused({ id: "oppo_unknown", value: 1 })).toContain("no such opportunity");
  });
});

test.each([
  ["nothing but the id", {}, "no change was given"],
  [
    "empty lists, and only how to update",
    { clear: [], custom_fields: [], dry_run: true, time_zone: "UTC" },
    "no change was given",
  ],
  [
    "two notes",
    { note: "a", note_html: "<body><p>b</p></body>" },
    "note, note_html: note can be changed in one way only",
  ],
  [
    "a field set and cleared",
    { value: 0, clear: ["value"] },
    "value, clear: value can be changed in one way only; use one of them",
  ],
  [
    "rich text for a note that is cleared",
    { note_html: "<body><p>b</p></body>", clear: ["note"] },
    "note_html, clear: note can be changed in one way only",
  ],
])("a contradiction is refused with both sides of it: %s", async (_what, given, words) => {
  expect(await refused({ id, ...given })).toContain(words);
  expect(sandbox.requests).toEqual([]);
});
