import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lookup, nothingKnown, type Pipeline, type User } from "../../src/organization/lists.ts";
import { fold, listed, shownName } from "../../src/organization/matching.ts";
import { byName, collector, type Naming, type Resolution } from "../../src/organization/names.ts";
import { resolveContact, resolveUser } from "../../src/organization/people.ts";
import { statusByLabel, statusesByLabel } from "../../src/organization/statuses.ts";
import { didYouMean } from "../../src/organization/suggestion.ts";

const read = <T>(items: readonly T[], fresh = true): Lookup<T> => ({ state: "read", items, fresh });

const user = (id: string, first_name: string, last_name: string): User => ({
  id: `user_${id}`,
  first_name,
  last_name,
  email: `${id}@example.com`,
});

function pipeline(name: string, ...statuses: (readonly [label: string, type: string])[]): Pipeline {
  return {
    id: `pipe_${name}`,
    name,
    statuses: statuses.map(([label, type], at) => ({ id: `stat_${name}${at}`, label, type })),
  };
}

/** What is said of a name that is refused. */
function refusalOf(resolution: Resolution<unknown>): string {
  const { found, mistakes } = collector();
  expect(found("name", resolution)).toBeUndefined();
  return mistakes.map(({ problem }) => problem).join("\n");
}

/** Every text in quotes, as it can be sent back. */
function quoted(text: string): string[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([json]) => String(JSON.parse(json)));
}

const letters = fc.constantFrom("a", "B", "ß", "é", "ﬁ", "ς", "K", "Ω", "İ", "7", "日", "ी", "e\u0301");
const marks = fc.constantFrom("\u200d", "\u200c", "\ufe0f", "\u00ad", "\u200e", "\u202e", "\ufeff", "\u2060");
const separators = fc.constantFrom(" ", "-", "'", "’", "–", "/", "“", '"', "\u00a0", "👩\u200d💻");
const name = fc
  .array(fc.oneof({ weight: 4, arbitrary: letters }, separators, marks), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(""))
  .filter((text) => fold(text) !== "");

describe("names are equal", () => {
  test.each([
    ["in another case", "PROPOSAL sent", "Proposal Sent"],
    ["in another case that has more letters", "STRASSE", "Straße"],
    ["in other white space", " Proposal\u00a0 sent\n", "Proposal sent"],
    ["in another Unicode form", "Cafe\u0301 ﬁne", "Café fine"],
    ["with a joiner in an emoji", "👩💻 Dev", "👩\u200d💻 Dev"],
    ["with a blank for a joiner, as texts print it", "👩 💻 Dev", "👩\u200d💻 Dev"],
    ["with a non-joiner", "می خواهم", "می\u200cخواهم"],
    ["with a variation selector", "❤ Fan", "❤\ufe0f Fan"],
    ["with a soft hyphen", "Cooperation", "Co\u00adoperation"],
    ["with bidi marks", "Won", "\u202bWon\u202c\u200e"],
    ["with a straight quote", "Won't close", "Won’t close"],
    ["with an accent for a quote", "Won´t close", "Won’t close"],
    ["with straight double quotes", '"A" list', "“A” list"],
    ["with another dash", "Q1 - Q2", "Q1 – Q2"],
    ["with a minus sign", "Q1 - Q2", "Q1 \u2212 Q2"],
  ])("%s", (_how, left, right) => {
    expect(fold(left)).toBe(fold(right));
  });

  test.each([
    ["Discount", "Discounts"],
    ["Pro-active", "Proactive"],
    ["Café", "Cafe"],
    ["Won", "Won!"],
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
          text.normalize("NFD"),
          text.normalize("NFKC"),
          `${mark} ${text} ${mark}`,
          [...text].join(mark),
          shownName(text).slice(1, -1).replaceAll('\\"', '"'),
        ]) {
          expect(fold(spelling)).toBe(folded);
        }
        expect(fold(folded)).toBe(folded);
      }),
    );
  });
});

describe("what a refusal shows can be sent back and is found", () => {
  test("of pipelines and their statuses", () => {
    const distinct = { maxLength: 4, selector: fold };
    const status = fc.tuple(name, fc.constantFrom("active", "won", "lost"));
    const statuses = fc.uniqueArray(status, { ...distinct, selector: ([label]) => fold(label) });
    const pipelines = fc
      .uniqueArray(fc.tuple(name, statuses), { minLength: 1, maxLength: 3, selector: ([text]) => fold(text) })
      .map((all) => all.map(([text, its]) => pipeline(text, ...its)));
    fc.assert(
      fc.property(pipelines, (all) => {
        const own = all[0];
        const resolve = (text: string) => statusByLabel(read(all), text, own?.id);
        const problem = refusalOf(resolve("zzzzzzzzzzzzzzzz"));
        const [, ...printed] = quoted(problem);
        expect(printed.length).toBeGreaterThanOrEqual(all.flatMap((each) => each.statuses).length);
        for (const text of printed) {
          const resolution = resolve(text);
          // Labels with slashes can be the same as another pipeline's name and label: then the ids are listed.
          if (!("found" in resolution)) expect(refusalOf(resolution)).toMatch(/is ambiguous.*\(stat_/);
        }
      }),
    );
  });

  test("of users, by id if they share a name", () => {
    const users = fc
      .array(fc.tuple(name, name), { minLength: 1, maxLength: 5 })
      .map((all) => all.map(([first, last], at) => user(`u${at}`, first, last)));
    fc.assert(
      fc.property(users, (all) => {
        const known = { ...nothingKnown, users: read(all) };
        const problem = refusalOf(resolveUser("zzzzzzzzzzzzzzzz", known));
        const reached = new Set<string>();
        for (const text of [...quoted(problem).slice(1), ...(problem.match(/user_u[0-9]+/g) ?? [])]) {
          const resolution = resolveUser(text, known);
          if ("found" in resolution) reached.add(resolution.found);
          else expect(refusalOf(resolution)).toContain("is ambiguous");
        }
        expect(reached.size).toBe(all.length);
      }),
    );
  });

  test("of choices that differ in invisible characters alone, by their escapes", () => {
    expect(quoted(listed(["A\u200dB", "A B"]))).toEqual(["A\u200dB", "A B"]);
    expect(listed(["A\u200dB"])).toBe('"A B"');
  });
});

describe("of names that fold to the same", () => {
  const fields = [
    { id: "cf_one", name: "Net value" },
    { id: "cf_two", name: "NET VALUE" },
  ];
  const naming: Naming<{ id: string; name: string }> = {
    list: "customFields",
    noun: "custom field",
    namesOf: [(field) => field.name],
    describe: ({ id }) => id,
  };

  test("the exact spelling decides", () => {
    expect(byName(read(fields), "NET VALUE", naming)).toEqual({ found: fields[1] });
  });

  test("all are listed with their ids if none is spelled exactly so", () => {
    expect(refusalOf(byName(read(fields), "net value", naming))).toBe(
      '"net value" is ambiguous. It can be cf_one, cf_two',
    );
  });
});

describe("of a text that is part of names", () => {
  const users = [user("a", "Jordan", "Avery"), user("b", "Jordan", "Blake"), user("c", "Ada", "Quist")];
  const refused = (text: string) => refusalOf(resolveUser(text, { ...nothingKnown, users: read(users) }));

  test.each(["Jordan", "jordan", "jord"])("all are named: %s", (text) => {
    const problem = refused(text);
    expect(problem).toContain(
      `${JSON.stringify(text)} matches "Jordan Avery" and "Jordan Blake": ask which is meant.`,
    );
    expect(problem).not.toContain("Did you mean");
  });

  test("a single one is proposed, not taken", () => {
    expect(refused("Blake, Jordan")).toContain('Did you mean "Jordan Blake"?');
    expect(refused("Blake")).toContain('there is no user "Blake". Did you mean "Jordan Blake"? Users:');
  });

  test("a first name in an e-mail address does not stand for everybody who has it", () => {
    const bobs = [
      { ...user("a", "Bob", "O'Neil"), email: "bob@example.com" },
      { ...user("b", "Bob", "Stone"), email: "bs@example.com" },
    ];
    const refusal = (text: string) =>
      refusalOf(resolveUser(text, { ...nothingKnown, users: read(bobs) })).replace(/ Users: .*/, "");
    expect(refusal("Bob Stonne")).toBe('there is no user "Bob Stonne". Did you mean "Bob Stone"?');
    expect(refusal("Bob St")).toBe('there is no user "Bob St". Did you mean "Bob Stone"?');
    expect(refusal("Bob Smith")).toBe('there is no user "Bob Smith".');
  });

  test("one that is listed with its id can be given just so", () => {
    const twins = [user("a", "Jordan", "Avery"), user("b", "Jordan", "Avery")];
    const known = { ...nothingKnown, users: read(twins) };
    expect(resolveUser('"Jordan Avery" (b@example.com, user_b)', known)).toEqual({ found: "user_b" });
  });

  test("two of one whole name are listed with e-mail address and id", () => {
    const twins = [user("a", "Jordan", "Avery"), user("b", "Jordan", "Avery")];
    expect(refusalOf(resolveUser("Jordan", { ...nothingKnown, users: read(twins) }))).toContain(
      'matches "Jordan Avery" (a@example.com, user_a) and "Jordan Avery" (b@example.com, user_b)',
    );
  });
});

describe("a suggestion never turns the meaning round", () => {
  test.each([
    ["not won", "Won"],
    ["Not Won", "Won"],
    ["never won", "Won"],
    ["no longer active", "Active"],
    ["Won't close", "Won"],
    ["wont close", "Close"],
    ["Won’t close", "Will close"],
    ["isn't qualified", "Qualified"],
    ["unwon", "Won"],
    ["un-won", "Won"],
    ["notwon", "Won"],
    ["non-active", "Active"],
    ["inactive", "Active"],
    ["Inactve", "Active"],
    ["unqualifed", "Qualified"],
    ["disqualified", "Qualified"],
    ["without contract", "Contract"],
    ["almost won", "Won"],
    ["nicht gewonnen", "Gewonnen"],
    ["pas gagné", "Gagné"],
    ["Qualified out", "Qualified"],
    ["Declined signed", "Signed"],
    ["Signed (cancelled)", "Signed"],
    ["не Signed", "Signed"],
    ["未Signed", "Signed"],
  ])("%s is not answered with %s, nor the other way round", (left, right) => {
    expect(didYouMean(left, [right])).toBe("");
    expect(didYouMean(right, [left])).toBe("");
  });

  test.each([
    ["Wonn", "Won"],
    ["Churnd", "Churned"],
    ["not wonn", "Not won"],
    ["wont clos", "Won’t close"],
    ["Unqualifed", "Unqualified"],
    ["In reviw", "In review"],
  ])("but %s is a slip of the pen for %s", (typed, meant) => {
    expect(didYouMean(typed, [meant, "Proposal sent"])).toBe(`Did you mean ${JSON.stringify(meant)}?`);
  });
});

describe("a status", () => {
  const sales = pipeline("Sales", ["Active", "active"], ["Won", "won"], ["Lost", "lost"]);
  const renewals = pipeline(
    "Renewals",
    ["Active", "active"],
    ["Won’t close", "active"],
    ["Won", "won"],
    ["Churned", "lost"],
  );
  const slashes = pipeline("A/B", ["C", "active"], ["B/C", "active"], ["Closed / lost", "lost"]);
  const all = [sales, renewals, slashes];
  const inRenewals = (text: string) => statusByLabel(read(all), text, renewals.id);

  test.each([
    ["Active", "stat_Renewals0"],
    ["Won't close", "stat_Renewals1"],
    ["Lost", "stat_Renewals3"],
    ["Sales / Lost", "stat_Sales2"],
    ["sales/lost", "stat_Sales2"],
    ["A/B / C", "stat_A/B0"],
    ["A / B / C", "stat_A/B0"],
    ["A/B/B/C", "stat_A/B1"],
    ["a/b / closed/lost", "stat_A/B2"],
  ])("%s is found", (text, id) => {
    expect(inRenewals(text)).toMatchObject({ found: { status: { id } } });
  });

  test.each(["B / C / A", "C", "Sales", "Sales / ", "/", "Lost / Sales", "not won"])(
    "%s is refused",
    (text) => {
      expect(refusalOf(inRenewals(text))).toContain(`there is no status ${JSON.stringify(text)}`);
    },
  );

  test("of another pipeline alone is not taken, and the text that moves there is named", () => {
    const problem = refusalOf(statusByLabel(read(all), "Churned", slashes.id));
    expect(problem).toBe(
      'there is no status "Churned" in the opportunity\'s own pipeline "A/B". Its statuses: "Closed / lost", "C", "B/C". To move the opportunity to another pipeline, give "Renewals / Churned"',
    );
  });

  test.each([
    ["Sales: Won", "Sales / Won"],
    ["Sales Lst", "Sales / Lost"],
    ["Sales / Churned", undefined],
  ])("of a pipeline that the text names is proposed from that pipeline alone: %s", (text, meant) => {
    const problem = refusalOf(inRenewals(text));
    if (meant === undefined) expect(problem).not.toContain("Did you mean");
    else expect(problem).toContain(`Did you mean ${JSON.stringify(meant)}? Such a status moves`);
  });

  test("needs its pipeline if the opportunity's own is not known", () => {
    const resolve = (text: string) => statusByLabel(read(all), text, undefined);
    expect(refusalOf(resolve("Churned"))).toContain('"Renewals / Churned"');
    expect(resolve("Renewals / Churned")).toMatchObject({ found: { status: { id: "stat_Renewals3" } } });
  });

  test("that a kept list does not know is looked up once more", () => {
    const kept = read(all, false);
    expect(statusByLabel(kept, "Lost", renewals.id)).toEqual({ lookUp: "pipelines" });
    expect(statusesByLabel(kept, "Signed", undefined)).toEqual({ lookUp: "pipelines" });
  });

  test("is searched for in all pipelines, in each by its exact spelling if there is one", () => {
    const shouting = pipeline("Partners", ["WON", "won"], ["won", "won"]);
    const found = (text: string) => {
      const resolution = statusesByLabel(read([...all, shouting]), text, undefined);
      return "found" in resolution ? resolution.found.map(({ status }) => status.id) : [];
    };
    expect(found("WON")).toEqual(["stat_Sales1", "stat_Renewals2", "stat_Partners0"]);
    expect(found("Partners / won")).toEqual(["stat_Partners1"]);
    expect(refusalOf(statusesByLabel(read(all), "Wonn", undefined))).toContain('Did you mean "Won"?');
  });
});

describe("a contact", () => {
  const contact = { id: "cont_nina", name: "Nina Okafor", emails: [{ email: "nina@example.com" }, {}] };
  const contacts = read([contact, { id: "cont_bare", name: null }]);

  test.each(["nina okafor", "NINA@example.com", " cont_nina "])("is found by %j", (text) => {
    expect(resolveContact(text, { contacts })).toEqual({ found: "cont_nina" });
  });

  test("that is none of the lead's is refused with all of them", () => {
    expect(refusalOf(resolveContact("Leo", { contacts }))).toBe(
      'there is no contact "Leo" of the opportunity\'s lead. Contacts of the opportunity\'s lead: "Nina Okafor" (nina@example.com, cont_nina), no name (no e-mail, cont_bare)',
    );
  });
});

describe("long and many names", () => {
  test("a text that is longer than any name is refused without being compared", () => {
    const slashes = "/".repeat(80_000);
    const sales = read([pipeline("Sales", ["Won", "won"])]);
    expect(refusalOf(statusByLabel(sales, slashes, undefined))).toContain("80000 characters");
    expect(refusalOf(statusesByLabel(sales, slashes, undefined))).toContain("80000 characters");
    expect(fold("\ufdfa".repeat(1_001))).toHaveLength(1_001);
  });

  test("the names of a list are read once, however many of them are looked up", () => {
    let readings = 0;
    const naming: Naming<{ id: string }> = {
      list: "users",
      noun: "user",
      namesOf: [
        ({ id }) => {
          readings += 1;
          return `Name of ${id}`;
        },
      ],
      describe: ({ id }) => id,
    };
    const users = read(Array.from({ length: 2_000 }, (_, at) => ({ id: `u${at}` })));
    for (let at = 0; at < 2_000; at += 1) {
      expect(byName(users, `name of U${at}`, naming)).toEqual({ found: { id: `u${at}` } });
    }
    expect(readings).toBe(2_000);
  });

  test("of many mistakes the first ones alone are helped with", () => {
    const { found, mistakes } = collector();
    let helped = 0;
    const valid = () => {
      helped += 1;
      return "Users: none";
    };
    for (let at = 0; at < 200; at += 1) found(`custom_fields[${at}]`, { problem: "there is no user", valid });
    expect(mistakes).toHaveLength(200);
    expect(helped).toBe(10);
  });

  test("a list in a text ends at 50 names and 10,000 characters", () => {
    const names = Array.from({ length: 60 }, (_, at) => `Name ${at}`);
    expect(listed(names)).toMatch(/"Name 49" and 10 more$/);
    expect(listed(names.map((text) => text + "x".repeat(990))).length).toBeLessThan(11_000);
  });
});
