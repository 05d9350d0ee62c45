import { isDeepStrictEqual } from "node:util";
import { z } from "zod/v3";

/** A request over the wire, and its answer. */
export type Exchange = { method: string; path: string; body: string; answer: string };

/** What the host was told. */
export type Told = { isError: boolean; text: string; data: Record<string, unknown> };

const result = z.object({
  warnings: z.array(z.string()).default([]),
  changes: z
    .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown(), requested: z.boolean() }))
    .default([]),
  dry_run: z.boolean().default(false),
  unexpected: z.record(z.unknown()).default({}),
});

/** Fields that changes show as Close does, and such that they show by names, or cut. */
const plain = ["value", "value_period", "confidence", "date_won", "custom.cf_Trees", "custom.cf_Harvest"];
const named = ["status_id", "user_id", "contact_id", "note", "custom.cf_Variety", "custom.cf_Days"];

/** What became of a call in a word, and all that is false in what was said of it. */
export function brokenPromises({ isError, text, data }: Told, exchanges: readonly Exchange[]) {
  const ofOpportunity = exchanges.filter(({ path }) => path.includes("/opportunity/oppo_"));
  const puts = ofOpportunity.filter(({ method }) => method === "PUT");
  const { warnings, changes, dry_run, unexpected } = result.parse(data);
  const [put, ...more] = puts;
  if (put === undefined) {
    const kind = isError ? "refused" : dry_run ? "previewed" : "unchanged";
    return {
      kind,
      faults: /\bupdated\b/i.test(text.split("\n")[0] ?? "") ? ["says updated, but nothing was sent"] : [],
    };
  }
  const faults = [
    ...(isError ? [`calls a failure what Close has answered: ${text}`] : []),
    ...(dry_run ? ["is a dry run, but was sent"] : []),
    ...(more.length > 0 ? ["was sent again although Close had answered"] : []),
  ];
  const read = ofOpportunity.slice(0, ofOpportunity.indexOf(put)).findLast(({ method }) => method === "GET");
  const [before, body, after] = [read?.answer, put.body, put.answer].map((json) =>
    z.record(z.unknown()).parse(JSON.parse(json ?? "")),
  );
  if (before === undefined || body === undefined || after === undefined) return { kind: "updated", faults };
  for (const [key, value] of Object.entries(after)) {
    const shown = key in unexpected ? unexpected[key] : data[key];
    if (!isDeepStrictEqual(shown, value)) faults.push(`shows another ${key} than Close`);
  }
  for (const [key, value] of Object.entries(body)) {
    const [field = "", action] = key.split(/\.(?=add$|remove$)/);
    const held = alike(after[field]);
    const isShown = action === undefined ? held === alike(value) : held.includes(alike(value)) === (action === "add");
    if (!isShown && !warnings.some((warning) => warning.includes(key)))
      faults.push(`does not say that ${key} does not show`);
  }
  const asked = new Set(Object.keys(body).map((key) => key.replace(/\.(?:add|remove)$|_html$/, "")));
  for (const field of [...plain, ...named]) {
    const change = changes.find((each) => each.field === field);
    const hasChanged = alike(before[field]) !== alike(after[field]);
    if (hasChanged !== (change !== undefined))
      faults.push(`${hasChanged ? "does not list" : "lists"} a change of ${field}`);
    if (change === undefined) continue;
    if (change.requested !== asked.has(field)) faults.push(`is wrong on whether ${field} was asked for`);
    const isAsInClose = alike(change.from) === alike(before[field]) && alike(change.to) === alike(after[field]);
    if (plain.includes(field) && !isAsInClose) faults.push(`tells the change of ${field} otherwise than Close`);
  }
  return { kind: "updated", faults };
}

/** Equal for values that mean the same: nothing in any form, lists in any order, texts without the space around them. */
function alike(value: unknown): string {
  const list = [value ?? []].flat().map((each) => (typeof each === "string" ? each.trim() : JSON.stringify(each)));
  return [...new Set(list)]
    .filter((each) => each !== "")
    .sort()
    .join("\n");
}
