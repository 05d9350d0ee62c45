import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { fold, lookUp, NameCollector, NameError, naming, oneOf, shownName } from "../../src/organization/names.ts";
import { findUser } from "../../src/organization/people.ts";
import { findStatus } from "../../src/organization/statuses.ts";
import { listOf, namesIn, unreadable } from "../support/known.ts";
import { marks, name, noted, quoted, refusalOf } from "../support/names.ts";

type Item = { id: string; name: string };

const fieldNaming = naming<Item>({
  noun: "custom field",
  namesOf: ({ name }) => [name],
  describe: ({ id, name }) => `${shownName(name)} (${id})`,
});

describe("names are equal", () => {
  test.each([
    ["in another case", "STRASSE sent", "Straße Sent"],
    ["in other white space", " Proposal\u00a0 sent\n", "Proposal sent"],
    ["in another Unicode form", "Cafe\u0301 ﬁne", "Café fine"],
    ["without its accents", "Zoe Muller", "Zoë Müller"],
    ["without its emoji", "Won", "🎉 Won 👩🏽\u200d💻"],
    ["with invisible characters", "Cooperation", "\u202bCo\u00adoperation\u200e"],
    ["with other quotes, or none", "Wont “close”", "Won’t 'close'"],
    ["with another dash, or none", "Pro-active follow – up", "Proactive follow-up"],
    ["with a minus sign", "Q1 - Q2", "Q1 \u2212 Q2"],
    ["with and for &", "Research & Development", "research and development"],
  ])("%s", (_how, left, right) => {
    expect(fold(left)).toBe(fold(right));
  });

  test.each([
    ["Discount", "Discounts"],
    ["Won", "Won!"],
    ["< 10", "> 10"],
    ["-5", "5"],
    ["1-2", "12"],
    ["C", "C++"],
  ])("but %s is not %s", (left, right) => {
    expect(fold(left)).not.toBe(fold(right));
  });

  test("however they are spelled", () => {
    fc.assert(
      fc.property(name, marks, (text, mark) => {
        const folded = fold(text);
        for (const spelling of [
          text.toUpperCase(),
          text.toLowerCase(),
          text.normalize("NFC"),
          text.normalize("NFKD"),
          `${mark} ${text} ${mark}`,
          shownName(text).slice(1, -1).replaceAll('\\"', '"'),
          folded,
        ]) {
          expect(fold(spelling)).toBe(folded);
        }
      }),
    );
  });
});

describe("the one rule by which a name finds its entry", () => {
  const fields = [
    { id: "cf_one", name: "Lead source" },
    { id: "cf_two", name: "LEAD SOURCE" },
    { id: "cf_three", name: "🚀 Café & Bar" },
    { id: "cf_four", name: "cf_three" },
  ];
  const find = (text: string) => noted((note) => lookUp(listOf(fields), text, fieldNaming, note));

  test("equal as written comes first, and an entry that differs only in what is folded away is named", async () => {
    expect(await find(" LEAD SOURCE ")).toEqual({
      found: fields[1],
      notes: ['"LEAD SOURCE" was read as "LEAD SOURCE" (cf_two); there is also "Lead source" (cf_one).'],
    });
  });

  test("equal when folded comes second, without a word", async () => {
    expect(await find("cafe and bar")).toEqual({ found: fields[2], notes: [] });
  });

  test("several that fold to it are refused, with what distinguishes them", async () => {
    expect(await refusalOf(find("lead source"))).toBe(
      '"lead source" is ambiguous. It can be "Lead source" (cf_one), "LEAD SOURCE" (cf_two)',
    );
  });

  test("an id stands for its own entry, whatever others are called, and so does an entry as a refusal shows it", async () => {
    expect(await find("cf_two")).toEqual({ found: fields[1], notes: [] });
    expect(await find('"Lead source" (cf_one)')).toMatchObject({ found: fields[0] });
    expect(await find("cf_three")).toEqual({
      found: fields[2],
      notes: ['"cf_three" was read as "🚀 Café & Bar" (cf_three); there is also "cf_three" (cf_four).'],
    });
  });

  test("a part of a name is not enough for what is no person", async () => {
    expect(await refusalOf(find("source"))).toMatch(
      /^there is no custom field "source"\. Custom fields: "Lead source" \(cf_one\), "LEAD SOURCE" \(cf_two\), /,
    );
  });

  test("holds for any names: as written, else folded, else refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 5 }), name, async (all, text) => {
        const entries = all.map((each, at) => ({ id: `cf_${at}`, name: each }));
        const exact = entries.filter((entry) => entry.name.trim() === text.trim());
        const folded = entries.filter((entry) => fold(entry.name) === fold(text));
        const meant = exact.length > 0 ? exact : folded;
        const looking = noted((note) => lookUp(listOf(entries), text, fieldNaming, note));
        if (meant.length === 1) {
          const { found, notes } = await looking;
          expect(found).toBe(meant[0]);
          expect(notes).toHaveLength(folded.length > 1 ? 1 : 0);
        } else {
          const problem = await refusalOf(looking);
          expect(problem).toContain(meant.length > 1 ? "is ambiguous" : "there is no custom field");
          for (const { id } of meant) expect(problem).toContain(id);
        }
      }),
    );
  });

  test("an emoji stands for itself alone", async () => {
    const thumbs = ["👍", "👎"].map((text) => ({ id: text, name: text }));
    expect(oneOf(thumbs, "👎", fieldNaming, () => {})).toBe(thumbs[1]);
  });

  test("a kept list that does not know the name is read once more, and only that one", async () => {
    const stale = listOf(fields.slice(0, 1), fields);
    expect(await lookUp(stale, "Café & Bar", fieldNaming, () => {})).toBe(fields[2]);
    expect(await lookUp(stale, "lead source", fieldNaming, () => {})).toBe(fields[0]);
  });
});

describe("of long and many names", () => {
  const fields = Array.from({ length: 60 }, (_, at) => ({ id: `cf_${at}`, name: `Name ${at}` }));
  const refused = (text: string, all: readonly Item[] = fields) =>
    refusalOf(lookUp(listOf(all), text, fieldNaming, () => {}));

  test("the nearest 50 are listed, and how many more there are", async () => {
    const problem = await refused("Nmae 57");
    expect(problem).toMatch(/^there is no custom field "Nmae 57"\. Custom fields: "Name 57", /);
    expect(problem).toMatch(/ and 10 more$/);
    expect(quoted(problem)).toHaveLength(1 + 50);
  });

  test("a text that is longer than any name is refused without being compared", async () => {
    const statuses = [{ id: "stat_x", label: "Won", type: "won" }];
    const names = namesIn({ pipelines: [{ id: "pipe_x", name: "Sales", statuses }] });
    for (const text of ["/".repeat(80_000), "\ufdfa".repeat(80_000)]) {
      for (const looking of [refused(text), refusalOf(findStatus(text, undefined, names))]) {
        expect(await looking).toMatch(/^there is no .{1000,1050}…"/);
      }
    }
  });
});

describe("the names of one call", () => {
  const refused = (at: number) => Promise.reject<string>(new NameError(`no ${at}`));

  test("have their mistakes and notes gathered", async () => {
    const call = new NameCollector(namesIn({}));
    call.names.note("Greg.");
    expect(await call.found("user_id", Promise.resolve("user_a"))).toBe("user_a");
    expect(await call.found("contact_id", refused(1))).toBeUndefined();
    expect({ mistakes: call.mistakes, notes: [...call.notes] }).toEqual({
      mistakes: [{ argument: "contact_id", problem: "no 1" }],
      notes: ["Greg."],
    });
  });

  test("need no longer be looked up after twenty mistakes", async () => {
    const call = new NameCollector(namesIn({}));
    for (let at = 1; at < 20; at += 1) await call.found("x", refused(at));
    expect(call.isFull).toBe(false);
    await call.found("x", refused(20));
    expect(call.isFull).toBe(true);
  });

  test("that cannot be looked up end it, with what to do instead", async () => {
    const looking = findUser("Ada", namesIn({}, { users: unreadable("users") }));
    const error = await new NameCollector(namesIn({})).found("user_id", looking).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({
      report: {
        problem: "user_id cannot be looked up. The users could not be read: It is broken.",
        ...{ record: "unchanged", remedy: "Give an id instead of the name. Call again." },
      },
    });
  });
});
