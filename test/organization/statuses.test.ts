import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pipeline } from "../../src/organization/lists.ts";
import { fold, NameError } from "../../src/organization/names.ts";
import { findStatus, findStatuses } from "../../src/organization/statuses.ts";
import { listOf, namesIn } from "../support/known.ts";
import { name, quoted, refusalOf } from "../support/names.ts";

function pipeline(name: string, ...statuses: (readonly [label: string, type: string])[]): Pipeline {
  return {
    id: `pipe_${name}`,
    name,
    statuses: statuses.map(([label, type], at) => ({ id: `stat_${name}${at}`, label, type })),
  };
}

describe("a status", () => {
  const sales = pipeline("Sales", ["Active", "active"], ["Won", "won"], ["Lost", "lost"]);
  const renewals = pipeline(
    "Renewals",
    ["🔥 Active", "active"],
    ["Won’t close", "active"],
    ["Signed", "won"],
    ["Churned", "lost"],
  );
  const slashes = pipeline("A/B", ["C", "active"], ["B/C", "active"], ["Closed / lost", "lost"]);
  const names = namesIn({ pipelines: [sales, renewals, slashes] });
  const inRenewals = (text: string) => findStatus(text, renewals.id, names);

  test.each([
    ["active", "stat_Renewals0"],
    ["Wont close", "stat_Renewals1"],
    ["sales/lost", "stat_Sales2"],
    ["A / B / C", "stat_A/B0"],
    ["A/B/B/C", "stat_A/B1"],
    ["a/b / closed/lost", "stat_A/B2"],
    [" stat_any ", "stat_any"],
    ["won", "stat_Renewals2"],
    ["LOST", "stat_Renewals3"],
  ])("%s is found", async (text, id) => {
    expect(await inRenewals(text)).toBe(id);
  });

  test.each(["B / C / A", "Sales", "Sales / ", "/", "Lost / Sales", "not won"])("%s is refused", async (text) => {
    expect(await refusalOf(inRenewals(text))).toContain(`there is no status ${JSON.stringify(text)}`);
  });

  test("of another pipeline alone is not taken, and the text that moves there is named", async () => {
    expect(await refusalOf(findStatus("Churned", slashes.id, names))).toBe(
      'there is no status "Churned" in the opportunity\'s own pipeline "A/B". Its statuses: "Closed / lost", "C", "B/C". To move the opportunity to another pipeline, give "Renewals / Churned"',
    );
  });

  test("of a type that several have is to be chosen", async () => {
    const problem = await refusalOf(findStatus("active", slashes.id, namesIn({ pipelines: [slashes] })));
    expect(problem).toMatch(/several are of that type: "C", "B\/C"\. Choose the one that fits, or ask$/);
  });

  test("is listed with its id beside another that is called the same", async () => {
    const twins = pipeline("Sales", ["On hold", "active"], ["ON HOLD", "active"], ["Won", "won"]);
    const shown = ['"Sales / On hold" (stat_Sales0, active)', '"Sales / ON HOLD" (stat_Sales1, active)', '"Won"'];
    const names = namesIn({ pipelines: [twins] });
    const problem = await refusalOf(findStatus("nope", twins.id, names));
    for (const one of shown) expect(problem).toContain(one);
  });

  test("needs its pipeline if the opportunity's own is not known", async () => {
    expect(await refusalOf(findStatus("Churned", undefined, names))).toContain('"Renewals / Churned"');
    expect(await findStatus("Renewals / Churned", undefined, names)).toBe("stat_Renewals3");
  });

  test("that a kept list does not know is looked up once more", async () => {
    const stale = namesIn({}, { pipelines: listOf([slashes], [renewals]) });
    expect(await findStatus("Signed", renewals.id, stale)).toBe("stat_Renewals2");
    expect((await findStatuses("Signed", () => true, stale)).called).toMatchObject([{ id: "stat_Renewals2" }]);
  });

  test("is searched for in all pipelines, in each by its exact spelling if there is one", async () => {
    const shouting = pipeline("Partners", ["WON", "won"], ["won", "won"]);
    const all = namesIn({ pipelines: [sales, renewals, shouting] });
    const found = async (text: string) => (await findStatuses(text, () => true, all)).called.map(({ id }) => id);
    expect(await found("WON")).toEqual(["stat_Sales1", "stat_Partners0"]);
    expect(await found("Partners / won")).toEqual(["stat_Partners1"]);
    expect(await found("Sigend")).toEqual([]);
  });

  test("that a refusal shows can be sent back and is found", async () => {
    const status = fc.tuple(name, fc.constantFrom("active", "won", "lost"));
    const statuses = fc.uniqueArray(status, { maxLength: 4, selector: ([label]) => fold(label) });
    const pipelines = fc
      .uniqueArray(fc.tuple(name, statuses), { minLength: 1, maxLength: 3, selector: ([text]) => fold(text) })
      .map((all) => all.map(([text, its]) => pipeline(text, ...its)));
    await fc.assert(
      fc.asyncProperty(pipelines, async (all) => {
        const find = (text: string) => findStatus(text, all[0]?.id, namesIn({ pipelines: all }));
        const [, valid = ""] = (await refusalOf(find("zzzzzzzzzzzzzzzz"))).split(/Its statuses: |such as /);
        const printed = quoted(valid);
        expect(printed.length).toBeGreaterThanOrEqual(all.flatMap((each) => each.statuses).length);
        for (const text of printed) {
          const found = await find(text).catch((error: unknown) => error);
          // Labels with slashes can be the same as another pipeline's name and label: then the ids are listed.
          if (found instanceof NameError) expect(found.message).toMatch(/is ambiguous.*\(stat_/);
        }
      }),
    );
  });
});
