import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseObject } from "../../../src/base/json.ts";
import {
  decide,
  decisions,
  isRepeatable,
  judge,
  type LostUpdate,
  type Verdict,
} from "../../../src/opportunity/update/verdict.ts";
import { knowing } from "../../support/known.ts";

const known = knowing([
  { id: "cf_Tags", name: "Tags", type: "choices", accepts_multiple_values: true },
  { id: "cf_Days", name: "Days", type: "text", accepts_multiple_values: true },
  { id: "cf_Seats", name: "Seats", type: "number" },
]);

const own = { updated_by: "user_Own", updated_by_name: "Nadia Own" };
const other = { updated_by: "user_Other", updated_by_name: "Omar Other" };

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
  ...own,
};
const later = { date_updated: "2026-05-11T08:15:10.001000+00:00" };

function verdictOf(
  earlier: Record<string, unknown> | undefined,
  current: Record<string, unknown>,
  body: Record<string, unknown>,
  evidence: Partial<LostUpdate> = {},
) {
  // As it is read: without what is undefined.
  const read = { ...parseObject(JSON.stringify(current)) };
  return judge({ before: earlier, current: read, body, known, ownUser: { id: "user_Own" }, ...evidence });
}

type Row = [string, Record<string, unknown>, Record<string, unknown>];

/** A body, and what the opportunity shows once it was carried out. */
const updates: Row[] = [
  ["a number", { confidence: 75 }, { confidence: 75 }],
  ["a value emptied", { value: null }, { value: null }],
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
  [
    "a rich note of the same words in bold",
    { note_html: "<body><p><strong>Call in May.</strong></p></body>" },
    { note_html: "<body><p><b>Call in May.</b></p></body>" },
  ],
  ["a tag added", { "custom.cf_Tags.add": "Friday" }, { "custom.cf_Tags": ["Upsell", "Weekend", "Friday"] }],
  ["a tag removed", { "custom.cf_Tags.remove": "Upsell" }, { "custom.cf_Tags": ["Weekend"] }],
  ["a list in another order", { "custom.cf_Tags": ["A", "B"] }, { "custom.cf_Tags": ["B", "A"] }],
  ["a custom field emptied", { "custom.cf_Seats": null }, { "custom.cf_Seats": undefined }],
  ["a key that held already beside one that did not", { confidence: 50, value: 9 }, { value: 9 }],
];

describe("an update whose answer was lost", () => {
  test.each(updates)(
    "was applied if the opportunity shows it and did not before: %s",
    (_name, body, shown) => {
      expect(verdictOf(before, { ...before, ...shown, ...later }, body).verdict).toBe("applied");
    },
  );

  test.each(updates)("was not applied if the opportunity has not changed at all: %s", (_name, body) => {
    expect(verdictOf(before, before, body)).toMatchObject({ verdict: "not applied", showsNew: false });
  });

  test.each(updates)("is unclear if only something else has changed: %s", (_name, body) => {
    const current = { ...before, lead_name: "Larkfield Dairy", ...later, ...other };
    const { verdict, finding } = verdictOf(before, current, body);
    expect(verdict).toBe("unclear");
    expect(finding).toMatch(/Omar Other/);
  });

  test.each(updates)("is unclear if it does not show, and no change is dated: %s", (_name, body) => {
    const { date_updated, ...undated } = before;
    expect(verdictOf(undated, undated, body).verdict).toBe("unclear");
  });

  test.each(updates)("is unclear if somebody else made the last change: %s", (_name, body, shown) => {
    const { verdict, finding } = verdictOf(before, { ...before, ...shown, ...later, ...other }, body);
    expect(verdict).toBe("unclear");
    expect(finding).toMatch(/shows all that was asked for, but it was last changed by "Omar Other"/);
  });

  test.each(updates)(
    "is judged by what it shows alone if it is not known whose key it is: %s",
    (_name, body, shown) => {
      const current = { ...before, ...shown, ...later, ...other };
      expect(verdictOf(before, current, body, { ownUser: {} }).verdict).toBe("applied");
    },
  );

  test.each(updates)("is unclear if whose key it is could not be asked: %s", (_name, body, shown) => {
    const current = { ...before, ...shown, ...later, ...own };
    const { verdict, finding } = verdictOf(before, current, body, { ownUser: { isUnread: true } });
    expect(verdict).toBe("unclear");
    expect(finding).toContain(
      'by "Nadia Own", and whether that is the user of this API key could not be determined',
    );
  });

  test("is not proven by an older state than the one that was read before", () => {
    const current = { ...before, confidence: 75, date_updated: "2026-05-11T08:00:00.000000+00:00" };
    const { verdict, showsNew, finding } = verdictOf(before, current, { confidence: 75 });
    expect({ verdict, showsNew }).toEqual({ verdict: "unclear", showsNew: false });
    expect(finding).toContain("older state");
  });

  test("is unclear if only a part of it shows, and says which", () => {
    const body = { confidence: 75, user_id: "user_Kit", "custom.cf_Tags.add": "Friday" };
    const { verdict, finding } = verdictOf(before, { ...before, confidence: 75, ...later }, body);
    expect(verdict).toBe("unclear");
    expect(finding).toMatch(/It shows confidence, but not user_id, custom_fields "Tags"/);
  });

  test("is unclear if what was read back is only a part of the opportunity", () => {
    const held = { ...before, "custom.cf_Seats": 40 };
    const part = { id: before.id, ...later };
    const { verdict, finding } = verdictOf(held, part, { "custom.cf_Seats": null });
    expect(verdict).toBe("unclear");
    expect(finding).toContain("does not show the update");
    expect(verdictOf(before, part, { "custom.cf_Tags.remove": "Upsell" }).verdict).toBe("unclear");
  });

  test("is unclear if the note is neither the old one nor the one sent", () => {
    const theirs = { note: "Call Kit.", note_html: "<body><p>Call Kit.</p></body>" };
    const body = { note_html: "<body><p>Call in June.</p></body>" };
    expect(verdictOf(before, { ...before, ...theirs, ...later }, body).verdict).toBe("unclear");
  });

  test("is not proven by the words of a note that was only to become bold", () => {
    const body = { note_html: "<body><p><b>Call in May.</b></p></body>", confidence: 75 };
    const { verdict, finding } = verdictOf(before, { ...before, confidence: 75, ...later }, body);
    expect(verdict).toBe("unclear");
    expect(finding).toMatch(/confidence, but not note_html/);
  });

  test("is not proven by what showed before", () => {
    const current = { ...before, lead_name: "Larkfield Dairy", ...later };
    expect(verdictOf(before, current, { note: "Call in May.\n" })).toMatchObject({
      verdict: "unclear",
      showsNew: false,
    });
  });

  test("was not applied while the opportunity is as it was, if a spelling was to be corrected", () => {
    expect(verdictOf(before, { ...before }, { note: "Call in May.\n" }).verdict).toBe("not applied");
    const bold = { note_html: "<body><p><b>Call in May.</b></p></body>" };
    expect(verdictOf(before, { ...before }, bold).verdict).toBe("not applied");
  });

  test("was not applied if only what Close computes has changed, under the same date", () => {
    const current = { ...before, is_stalled: true };
    expect(verdictOf(before, current, { confidence: 75 }).verdict).toBe("not applied");
  });

  describe("to an opportunity that could not be read before", () => {
    const shownExactly = updates.filter(([, body]) => !("note_html" in body));

    test.each(shownExactly)("is unclear if it may have shown all of it before: %s", (_name, body, shown) => {
      const current = { ...before, ...shown };
      expect(verdictOf(undefined, current, body).verdict).toBe("unclear");
      expect(verdictOf(undefined, { ...current, ...later }, body).verdict).toBe("unclear");
    });

    test.each(updates)("is unclear if not all of it shows: %s", (_name, body) => {
      expect(verdictOf(undefined, before, body).verdict).toBe("unclear");
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

  test("it is judged not applied only if nobody has touched the opportunity", () => {
    fc.assert(
      fc.property(fc.option(opportunity, { nil: undefined }), opportunity, body, (earlier, current, sent) => {
        if (verdictOf(earlier, current, sent).verdict !== "not applied") return;
        expect(earlier?.date_updated).toBeDefined();
        expect(earlier?.date_updated).toBe(current.date_updated);
      }),
      { numRuns: 2_000 },
    );
  });

  test("it is never judged applied if the opportunity is the same as before", () => {
    fc.assert(
      fc.property(opportunity, body, (unchanged, sent) => {
        expect(verdictOf(unchanged, structuredClone(unchanged), sent).verdict).not.toBe("applied");
      }),
      { numRuns: 2_000 },
    );
  });

  test("it is never judged applied if the opportunity lacks something of it", () => {
    fc.assert(
      fc.property(fc.option(opportunity, { nil: undefined }), opportunity, body, (earlier, current, sent) => {
        const more = { ...sent, user_id: "user_Nobody" };
        expect(verdictOf(earlier, current, more).verdict).not.toBe("applied");
      }),
      { numRuns: 2_000 },
    );
  });

  test("it may be sent again exactly if it adds nothing to a list and removes nothing from one", () => {
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
])("%s: sending %j twice does the same as once: %s", (_name, body, repeatable) => {
  expect(isRepeatable(body)).toBe(repeatable);
});

describe("what follows from a lost answer", () => {
  const verdicts: (Verdict | "unread")[] = ["applied", "not applied", "unclear", "unread"];
  const ways = [true, false].flatMap((isRepeatable) =>
    [true, false].map((hasTriesLeft) => ({ isRepeatable, hasTriesLeft })),
  );
  const all = (["failed", "refused", "open"] as const).flatMap((loss) =>
    verdicts.flatMap((verdict) =>
      ways.map((way) => ({ loss, verdict, ...way, decision: decide(loss, verdict, way) })),
    ),
  );

  test("covers every way to lose an answer", () => {
    expect(Object.keys(decisions)).toEqual(["failed", "refused", "open"]);
    expect(all).toHaveLength(48);
  });

  test("is updated exactly if it was applied", () => {
    for (const { decision, verdict } of all) expect(decision === "updated").toBe(verdict === "applied");
  });

  test("is unchanged only if it was not applied, and cannot be applied any more", () => {
    for (const { decision, loss, verdict } of all) {
      if (decision !== "unchanged") continue;
      expect(verdict).toBe("not applied");
      expect(loss).not.toBe("open");
    }
  });

  test("is another try only if it was not applied nor refused, a try is left, and the first one cannot be applied beside it", () => {
    for (const { decision, loss, verdict, isRepeatable, hasTriesLeft } of all) {
      const isSafe = loss === "failed" || (loss === "open" && isRepeatable);
      expect(decision === "send again").toBe(isSafe && verdict === "not applied" && hasTriesLeft);
    }
  });
});
