import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import {
  changeSentence,
  isSentence,
  type Previewed,
  undoSentence,
  wordIn,
} from "../../../src/opportunity/plans/sentence.ts";
import { changesBetween } from "../../../src/opportunity/update/changes.ts";
import { nothingKnown } from "../../../src/organization/lists.ts";
import { editsOf } from "../../support/edits.ts";

const open = {
  id: "oppo_x",
  lead_name: "Acme Corp",
  status_id: "stat_Open",
  status_label: "Open",
  status_type: "active",
  pipeline_id: "pipe_Sales",
  pipeline_name: "Sales",
  user_id: "user_ada",
  user_name: "Ada Quist",
  value: 120_000,
  value_currency: "USD",
  value_period: "monthly",
  date_won: null,
  note: "Lamps",
};
const won = { status_id: "stat_Won", status_label: "Won", status_type: "won" };
const lost = { status_id: "stat_Lost", status_label: "Lost", status_type: "lost" };
const renewal = { status_id: "stat_R", status_label: "Due", pipeline_id: "pipe_R", pipeline_name: "Renewals" };

/** What is previewed of an update that sets these fields. */
function preview(body: JsonObject, before: JsonObject = {}): Previewed {
  const from = { ...open, ...before };
  const after = { ...from, ...body };
  const derived = ["status_label", "status_type", "pipeline_id", "pipeline_name"];
  const sent = Object.fromEntries(Object.entries(body).filter(([key]) => !derived.includes(key)));
  const edits = editsOf(sent, nothingKnown);
  return {
    id: "oppo_x",
    opportunity: from,
    after,
    changes: changesBetween({ before: from, after, edits, known: nothingKnown }),
  };
}
const said = (...previews: Previewed[]) => changeSentence(previews, nothingKnown, "k7f3a9");

describe("a plan's sentence says", () => {
  test("what happens to how many, what they are worth a year, and to whom", () => {
    const others = { value: null };
    const sentence = said(
      preview(won),
      preview(won, { ...others, lead_name: "Globex" }),
      preview(lost, { ...others, lead_name: "Initech" }),
      preview(renewal, { ...others, lead_name: "Hooli" }),
    );
    expect(sentence).toBe(
      "Win 2, lose 1, move 1 to Renewals: $14,400 a year: Acme Corp, Globex, Initech, Hooli · k7f3a9",
    );
  });

  test("the weightiest first, and every number, however much else there is to say", () => {
    const busy = { value: 1, confidence: 2, note: "x", user_id: "user_ben", contact_id: "cont_x" };
    const small = [preview(busy), preview({ ...busy, date_won: "2026-12-31" }), preview({ value: 2, note: "y" })];
    expect(said(...small, ...Array.from({ length: 27 }, () => preview(lost)), preview(won))).toMatch(
      /^Win 1, lose 27, change 3: /,
    );
  });

  test("where a status is of no type that is known, only that it is set", () => {
    expect(said(preview({ status_id: "stat_X", status_label: undefined, status_type: undefined }))).toMatch(
      /^Move 1 to stat_X: /,
    );
  });

  test("what a field is set to, if it is the only one", () => {
    expect(said(preview({ value: 75_000 }))).toBe("Set value of 1 to $750 monthly: $14,400 a year: Acme Corp · k7f3a9");
    expect(said(preview({ date_won: null }, { date_won: "2026-12-31" }))).toMatch(/^Clear date_won of 1: /);
    expect(said(preview({ note: "x" }))).toMatch(/^Change note of 1: /);
    expect(said(preview({ ...won, value: 1 }))).toMatch(/^Win 1 and change value: /);
  });

  test("first those that stand out: closed already, of another owner, in another pipeline", () => {
    const odd = preview(won, { ...lost, lead_name: "Late" });
    const anns = preview(won, { user_name: "Ann Lee", lead_name: "Theirs" });
    const away = preview(won, { pipeline_id: "pipe_R", pipeline_name: "Renewals", lead_name: "Away" });
    const sentence = said(preview(won), preview(won), preview(won), odd, anns, away);
    expect(sentence).toContain(
      ": Late (already lost), Theirs (owner Ann Lee), Away (in Renewals), Acme Corp, Acme Corp, Acme Corp · ",
    );
  });

  test("of money that is paid once no yearly sum, and none where there is none", () => {
    expect(said(preview(won, { value_period: "one_time", value: 99_950 }))).toBe("Win 1: $999.50: Acme Corp · k7f3a9");
    expect(said(preview(won, { value: null }))).toBe("Win 1: Acme Corp · k7f3a9");
  });

  test("what an undo takes back, and whose words it puts back", () => {
    expect(undoSentence(["Cedar & Sons", "Elm Street Clinic"], [], "p2m81c")).toBe(
      "Take back 2 updates: Cedar & Sons, Elm Street Clinic · p2m81c",
    );
    expect(undoSentence(["Acme"], ["Ben Quist"], "p2m81c")).toBe(
      "Take back 1 update and put back what Ben Quist wrote: Acme · p2m81c",
    );
  });
});

test("whatever leads and labels are called, a sentence is at most 200 characters long and ends with its word", () => {
  const name = fc.string({ unit: "binary", maxLength: 300 });
  const row = fc.record({ lead_name: name, user_name: name, pipeline_name: name, status_label: name });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.array(name, { maxLength: 3 }), (rows, restores) => {
      const previews = rows.map((facts) =>
        preview({ ...won, status_type: "active", status_label: facts.status_label }, facts),
      );
      const leads = rows.map(({ lead_name }) => lead_name);
      for (const sentence of [said(...previews), undoSentence(leads, restores, "k7f3a9")]) {
        expect(sentence.length).toBeLessThanOrEqual(200);
        expect(wordIn(sentence)).toBe("k7f3a9");
        expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }),
  );
});

describe("a sentence that is given back", () => {
  const own = 'Win 2: $14,000 a year: Acme Corp, "Globex, Ltd" · k7f3a9';

  test.each([own, ` "${own}" `, `\`${own}\`.`, `“${own}”`, own.replaceAll(" ", "  "), `${own}\n`])(
    "is known: %j",
    (text) => {
      expect(wordIn(text)).toBe("k7f3a9");
      expect(isSentence(text, own)).toBe(true);
    },
  );

  test.each(["k7f3a9", own.replace("14,000", "1,000"), own.replace("Win 2", "Win 1"), own.replace("Acme", "Initech")])(
    "is not the plan's own: %j",
    (text) => {
      expect(wordIn(text)).toBe("k7f3a9");
      expect(isSentence(text, own)).toBe(false);
    },
  );

  test.each(["", "yes", "the plan", "Win 2 · k7f3"])("names no plan: %j", (text) => {
    expect(wordIn(text)).toBeUndefined();
  });
});
