import { describe, expect, test } from "vitest";
import { parseObject } from "../../src/base/json.ts";
import { decide, isRepeatable, judge, type OwnUser, type Verdict } from "../../src/close/verdict.ts";
import { editsOf } from "../support/edits.ts";
import { knowing } from "../support/known.ts";

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

type Fields = Record<string, unknown>;

function verdictOf(earlier: Fields | undefined, shown: Fields, body: Fields, ownUser: OwnUser = { id: "user_Own" }) {
  // As it is read: without what is undefined.
  const current = { ...parseObject(JSON.stringify(shown)) };
  return judge({ before: earlier, current, edits: editsOf(body, known), ownUser });
}

const html = (text: string) => ({ note_html: `<body><p>${text}</p></body>` });
const bold = html("<b>Call in May.</b>");

/** A body, and what the opportunity shows once it was carried out. */
const updates: [string, Fields, Fields][] = [
  ["a number", { confidence: 75 }, { confidence: 75 }],
  ["a day", { date_won: "2026-11-23" }, { date_won: "2026-11-23T00:00:00+00:00" }],
  ["a number that comes back as text", { "custom.cf_Seats": 41 }, { "custom.cf_Seats": "41" }],
  ["rich text that Close cleaned up", html("<i class='x'>June.</i>"), { ...html("June."), note: "June." }],
  ["rich text that is answered plain", html("June."), { note_html: undefined, note: "June." }],
  ["the same words in bold", bold, bold],
  ["a tag added", { "custom.cf_Tags.add": "Friday" }, { "custom.cf_Tags": ["Upsell", "Weekend", "Friday"] }],
  ["a tag removed", { "custom.cf_Tags.remove": "Upsell" }, { "custom.cf_Tags": ["Weekend"] }],
  ["a custom field emptied", { "custom.cf_Seats": null }, { "custom.cf_Seats": undefined }],
  ["what held already beside what did not", { confidence: 50, value: 9 }, { value: 9 }],
];

describe("an update whose answer was lost", () => {
  describe.each(updates)("%s", (_name, body, shown) => {
    const applied = { ...before, ...shown, ...later };

    test("was applied if the opportunity shows it and did not before", () => {
      expect(verdictOf(before, applied, body).verdict).toBe("applied");
    });

    test("was not applied if the opportunity has not changed at all", () => {
      expect(verdictOf(before, before, body)).toMatchObject({ verdict: "not applied", showsNew: false });
    });

    test("is unclear if only something else has changed, or nothing is dated", () => {
      const current = { ...before, lead_name: "Dairy", ...later, ...other };
      const { verdict, finding } = verdictOf(before, current, body);
      expect([verdict, finding]).toEqual(["unclear", expect.stringContaining("Omar Other")]);
      const { date_updated, ...undated } = before;
      expect(verdictOf(undated, undated, body).verdict).toBe("unclear");
    });

    test("is unclear if somebody else made the last change, as far as it is known whose key it is", () => {
      const theirs = { ...applied, ...other };
      const { verdict, finding } = verdictOf(before, theirs, body);
      expect(verdict).toBe("unclear");
      expect(finding).toContain('shows all that was asked for, but it was last changed by "Omar Other"');
      expect(verdictOf(before, theirs, body, {}).verdict).toBe("applied");
      const unread = verdictOf(before, applied, body, { isUnread: true });
      expect(unread.verdict).toBe("unclear");
      expect(unread.finding).toMatch(/"Nadia Own", and whether that is the user of this API key could not/);
    });

    test("is unclear if the opportunity could not be read before, whatever it shows", () => {
      for (const current of [before, { ...before, ...shown }, applied]) {
        expect(verdictOf(undefined, current, body).verdict).toBe("unclear");
      }
    });
  });

  test.each<[string, Fields, Fields, RegExp]>([
    ["an older state", { confidence: 75 }, { confidence: 75, date_updated: "2026-05-11T08:00:00Z" }, /older/],
    [
      "a part of it",
      { confidence: 75, user_id: "user_Kit", "custom.cf_Tags.add": "Friday" },
      { confidence: 75, ...later },
      /It shows confidence, but not user_id, custom_fields "Tags"/,
    ],
    [
      "a note without its link",
      html("<a href='https://a.com'>B</a>"),
      { ...html("<a>B</a>"), ...later },
      /does not show/,
    ],
    ["another note", html("B"), { ...html("C"), ...later }, /does not show/],
    ["only the words of a note in bold", bold, { ...html("<i>Call in May.</i>"), ...later }, /already did/],
    ["the note without its bold", { ...bold, value: 9 }, { value: 9, ...later }, /value, but not note_html/],
    ["what it showed before", { note: "Call in May.\n" }, { lead_name: "Dairy", ...later }, /already did/],
  ])("is unclear if the opportunity shows %s", (_name, body, shown, words) => {
    const { verdict, finding } = verdictOf(before, { ...before, ...shown }, body);
    expect([verdict, finding]).toEqual(["unclear", expect.stringMatching(words)]);
  });

  test.each<Fields>([{ "custom.cf_Seats": null }, { "custom.cf_Tags.remove": "Upsell" }])(
    "is unclear if only a part of the opportunity was read back: %j",
    (body) => {
      expect(verdictOf(before, { id: before.id, ...later }, body).verdict).toBe("unclear");
    },
  );

  test("was not applied while the opportunity is as it was, but for what Close computes", () => {
    for (const body of [{ note: "Call in May.\n" }, bold, { confidence: 75 }]) {
      expect(verdictOf(before, { ...before, is_stalled: true }, body).verdict).toBe("not applied");
    }
  });
});

test("an update may be sent again exactly if it adds nothing to a list and removes nothing from one", () => {
  const isSafe = (body: Fields) => isRepeatable(editsOf(body, known));
  expect(isSafe({ confidence: 1, "custom.cf_add": 1, "custom.cf_Tags": ["A"] })).toBe(true);
  for (const action of ["add", "remove"]) {
    expect(isSafe({ confidence: 1, [`custom.cf_Tags.${action}`]: "A" })).toBe(false);
  }
});

describe("what follows from a lost answer", () => {
  const verdicts: Verdict[] = ["applied", "not applied", "unclear", "unread"];
  const ways = [true, false].flatMap((isRepeatable) =>
    [true, false].map((hasTriesLeft) => ({ isRepeatable, hasTriesLeft })),
  );
  const all = (["failed", "refused", "open"] as const).flatMap((loss) =>
    verdicts.flatMap((verdict) => ways.map((way) => ({ loss, verdict, ...way, decision: decide(loss, verdict, way) }))),
  );

  test("is told by three rules, for every way to lose an answer", () => {
    expect(all).toHaveLength(48);
    for (const { decision, loss, verdict, isRepeatable, hasTriesLeft } of all) {
      // Updated exactly if it was applied.
      expect(decision === "updated").toBe(verdict === "applied");
      // Unchanged only if it was not applied, and cannot be applied any more.
      if (decision === "unchanged") expect([verdict, loss === "open"]).toEqual(["not applied", false]);
      // Sent again only if it was neither applied nor refused, and the first one cannot be applied beside it.
      const isSafe = loss === "failed" || (loss === "open" && isRepeatable);
      expect(decision === "send again").toBe(isSafe && verdict === "not applied" && hasTriesLeft);
    }
  });
});
