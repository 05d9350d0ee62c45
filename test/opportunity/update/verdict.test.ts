import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRepeatable, judge } from "../../../src/opportunity/update/verdict.ts";

const before = {
  id: "oppo_1a2B3c",
  confidence: 50,
  value: 50_000,
  date_won: null,
  note: "Call in May.",
  note_html: "<body><p>Call in May.</p></body>",
  status_id: "stat_Active",
  user_id: "user_Robin",
  "custom.cf_Tags": ["Upsell", "Weekend"],
  "custom.cf_Seats": 40,
  date_updated: "2026-05-11T08:14:53.517000+00:00",
};
const later = { date_updated: "2026-05-11T08:15:10.001000+00:00" };

type Row = [string, Record<string, unknown>, Record<string, unknown>];

/** A body, and what the opportunity shows where it was carried out. */
const updates: Row[] = [
  ["a number", { confidence: 75 }, { confidence: 75 }],
  ["a value emptied", { value: null }, { value: null }],
  ["a value emptied, where Close then leaves the key out", { value: null }, { value: undefined }],
  [
    "a day that comes back with a time",
    { date_won: "2026-11-23" },
    { date_won: "2026-11-23T00:00:00+00:00" },
  ],
  ["a number that comes back as text", { "custom.cf_Seats": 41 }, { "custom.cf_Seats": "41" }],
  ["a note with other line ends", { note: "One\r\nTwo" }, { note: "One\nTwo" }],
  ["a note emptied", { note: "" }, { note: "" }],
  [
    "a rich note that Close cleaned up",
    { note_html: "<body><p class='x'>Call in June.</p></body>" },
    { note_html: "<body><p>Call in June.</p></body>", note: "Call in June." },
  ],
  [
    "a rich note, where only the plain one is answered",
    { note_html: "<body><p>Call in June.</p></body>" },
    { note_html: undefined, note: "Call in June." },
  ],
  ["a tag added", { "custom.cf_Tags.add": "Friday" }, { "custom.cf_Tags": ["Upsell", "Weekend", "Friday"] }],
  ["a tag removed", { "custom.cf_Tags.remove": "Upsell" }, { "custom.cf_Tags": ["Weekend"] }],
  ["the last tag removed", { "custom.cf_Tags.remove": "Upsell" }, { "custom.cf_Tags": undefined }],
  ["a list in another order", { "custom.cf_Tags": ["A", "B"] }, { "custom.cf_Tags": ["B", "A"] }],
  ["a custom field emptied", { "custom.cf_Seats": null }, { "custom.cf_Seats": undefined }],
  [
    "a key that Close ignored beside one that it took",
    { confidence: 75, user_id: "user_Kit" },
    { confidence: 75 },
  ],
  ["a key that held already beside one that did not", { confidence: 50, value: 9 }, { value: 9 }],
];

describe("an update whose answer was lost", () => {
  test.each(updates)("was applied where the opportunity shows it: %s", (_name, body, shown) => {
    expect(judge(before, { ...before, ...shown, ...later }, body)).toBe("applied");
  });

  test.each(updates)("was not applied where the opportunity has not changed at all: %s", (_name, body) => {
    expect(judge(before, before, body)).toBe("not applied");
  });

  test.each(updates)("is unclear where only something else has changed: %s", (_name, body) => {
    expect(judge(before, { ...before, lead_name: "Larkfield Dairy", ...later }, body)).toBe("unclear");
  });

  test.each(updates)(
    "is unclear where it does not show, and the time of the last change is not told: %s",
    (_name, body) => {
      const { date_updated, ...untold } = before;
      expect(judge(untold, untold, body)).toBe("unclear");
    },
  );

  test("is unclear where the note is neither the old one nor the one sent", () => {
    const theirs = { note: "Call Kit.", note_html: "<body><p>Call Kit.</p></body>" };
    const body = { note_html: "<body><p>Call in June.</p></body>" };
    expect(judge(before, { ...before, ...theirs, ...later }, body)).toBe("unclear");
  });

  test("was applied where all of it held before, since nothing can differ", () => {
    expect(judge(before, before, { confidence: 50 })).toBe("applied");
  });

  describe("to an opportunity that could not be read before", () => {
    const shownExactly: Row[] = updates.filter(([, body]) => !("note_html" in body) && !("user_id" in body));

    test.each(shownExactly)("was applied where all of it shows: %s", (_name, body, shown) => {
      expect(judge(undefined, { ...before, ...shown, ...later }, body)).toBe("applied");
    });

    test.each(updates)("is unclear where not all of it shows: %s", (_name, body) => {
      expect(judge(undefined, before, body)).toBe("unclear");
    });
  });
});

describe("whatever is updated", () => {
  const plain = fc.dictionary(
    fc.constantFrom("confidence", "value", "note", "custom.cf_Seats", "contact_id"),
    fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
  );
  const operations = fc.dictionary(
    fc.constantFrom("custom.cf_Tags.add", "custom.cf_Days.remove"),
    fc.constantFrom("Upsell", "Friday"),
  );
  const opportunity = fc.record(
    {
      confidence: fc.integer(),
      value: fc.option(fc.integer()),
      note: fc.string(),
      "custom.cf_Seats": fc.integer(),
      "custom.cf_Tags": fc.subarray(["Upsell", "Friday", "Weekend"]),
      "custom.cf_Days": fc.subarray(["Upsell", "Friday"]),
      date_updated: fc.constantFrom("2026-05-11T08:14:53Z", "2026-05-11T08:15:10Z"),
    },
    { requiredKeys: [] },
  );
  const body = fc
    .tuple(plain, operations)
    .map(([fields, tags]) => ({ ...fields, ...tags }))
    .filter((each) => Object.keys(each).length > 0);

  test("it is said to be not applied only where nobody has touched the opportunity", () => {
    fc.assert(
      fc.property(fc.option(opportunity, { nil: undefined }), opportunity, body, (earlier, current, sent) => {
        if (judge(earlier, current, sent) !== "not applied") return;
        expect(earlier?.date_updated).toBeDefined();
        expect(earlier?.date_updated).toBe(current.date_updated);
      }),
      { numRuns: 2_000 },
    );
  });

  test("it is never said to be applied to an opportunity that is the same as before and lacks something of it", () => {
    fc.assert(
      fc.property(opportunity, body, (unchanged, sent) => {
        const marked = { ...sent, user_id: "user_Nobody" };
        expect(judge(unchanged, unchanged, marked)).not.toBe("applied");
        expect(judge(undefined, unchanged, marked)).not.toBe("applied");
      }),
      { numRuns: 2_000 },
    );
  });

  test("it may be sent again exactly where it adds nothing to a list and removes nothing from one", () => {
    fc.assert(
      fc.property(plain, operations, (fields, tags) => {
        expect(isRepeatable({ ...fields, ...tags })).toBe(Object.keys(tags).length === 0);
      }),
    );
  });
});

test.each([
  ["a field whose name ends in .add", { "custom.cf_add": 1 }, true],
  ["a replacement of a list", { "custom.cf_Tags": ["A"] }, true],
  ["a shared custom field's addition", { "custom.lcf_Tags.add": "A" }, false],
])("%s: may be sent twice", (_name, body, repeatable) => {
  expect(isRepeatable(body)).toBe(repeatable);
});

test("a correction that is forgiven elsewhere is not applied while the opportunity is as it was", () => {
  const before = {
    note: "Hello",
    note_html: "<body><p>Hello</p></body>",
    date_updated: "2026-01-01T00:00:00Z",
  };
  expect(judge(before, { ...before }, { note: "Hello\n" })).toBe("not applied");
  expect(judge(before, { ...before }, { note_html: "<body><p><b>Hello</b></p></body>" })).toBe("not applied");
});
