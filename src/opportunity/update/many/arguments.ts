import { z } from "zod/v3";
import type { Filling, InPart } from "../../../base/in-part.ts";
import type { Mistake } from "../../../organization/names.ts";
import { opportunityId } from "../../opportunity.ts";
import { contradictions, type UpdateArguments, updateArguments } from "../arguments.ts";

/** How many opportunities one call changes at most. */
const maxRows = 200;

/** How many operations on custom fields one call holds at most, those of all entries together. */
export const maxOperationsInCall = 2_000;

/** What update_opportunity describes is not described again: every definition is read by a model. */
const bare = <T extends z.ZodTypeAny>(type: T): T => type.describe("");

const { shape } = updateArguments;

/** The arguments of an entry: those of an update, but for what holds for the whole call. */
type EntryArgument = Exclude<keyof typeof shape, "time_zone" | "dry_run"> | "ids";

/** One change, and the opportunities that it applies to. */
export const entry = z.object({
  ids: z.array(bare(opportunityId)).max(maxRows).optional().describe("The opportunities to change"),
  id: bare(opportunityId).optional().describe("Instead of ids: one opportunity, as in an undo"),
  status_id: bare(shape.status_id),
  date_won: bare(shape.date_won),
  value: shape.value,
  value_period: bare(shape.value_period),
  confidence: bare(shape.confidence),
  note: bare(shape.note),
  note_append: bare(shape.note_append),
  note_html: bare(shape.note_html),
  contact_id: bare(shape.contact_id),
  user_id: bare(shape.user_id),
  custom_fields: bare(shape.custom_fields),
  clear: bare(shape.clear),
  expected_date_updated: bare(shape.expected_date_updated),
} satisfies Record<EntryArgument, z.ZodTypeAny>);
type Entry = z.infer<typeof entry>;

/** What can be asked of an update of many: each entry is a call of update_opportunity for one or more opportunities. */
export const manyArguments = z.object({
  updates: z
    .array(entry)
    .max(maxRows)
    .describe(
      `Changes, each with the arguments of update_opportunity and the opportunities it applies to, at most ${maxRows} in all`,
    ),
  time_zone: shape.time_zone.describe("As in update_opportunity"),
  dry_run: shape.dry_run.describe("As in update_opportunity"),
});
export type ManyArguments = z.infer<typeof manyArguments>;

/** One opportunity's update, and how its entry was filled in. */
export type RowArguments = { args: UpdateArguments; filling: Filling };

/** The rows of a call, in the order asked for. */
export function rowsOf({ updates, time_zone, dry_run }: ManyArguments, filling: Filling): RowArguments[] {
  const fillingAt = fillings(filling);
  return updates.flatMap(({ ids, id, ...changes }, at) => {
    const own = fillingAt(placeOfEntry(at));
    return placedIds({ ids, id }, at).map((one) => ({
      args: { id: one.id, ...changes, time_zone, dry_run },
      filling: own,
    }));
  });
}

/** What is wrong with the entries of a call, as far as they could be read, before anything is looked up. */
export function mistakesInEntries({ updates = [] }: InPart<ManyArguments>): Mistake[] {
  const places = new Map<string, string>();
  const mistakes: Mistake[] = [];
  let count = 0;
  for (const [at, entry] of updates.entries()) {
    if (entry === undefined) continue;
    const { ids, id, ...changes } = entry;
    const named = placedIds(entry, at);
    count += named.length;
    if (named.length === 0 && !entry.mistaken?.some((argument) => argument === "ids" || argument === "id")) {
      mistakes.push({ argument: `${placeOfEntry(at)}.ids`, problem: "is required: one id or more" });
    }
    if (id !== undefined && ids !== undefined && !ids.includes(id)) {
      const problem = `${id} is not among ids: give one id in id, or all of them in ids`;
      mistakes.push({ argument: `${placeOfEntry(at)}.id`, problem });
    }
    for (const one of named) {
      const earlier = places.get(one.id);
      if (earlier !== undefined) {
        mistakes.push({
          argument: one.place,
          problem: `${one.id} is given twice: ${earlier} names it as well`,
        });
      }
      places.set(one.id, one.place);
    }
    mistakes.push(...placedAt(at, contradictions(changes)));
  }
  const operations = updates.reduce((sum, entry) => sum + (entry?.custom_fields?.length ?? 0), 0);
  for (const [number, what, most] of [
    [count, "opportunities", maxRows],
    [operations, "operations on custom fields", maxOperationsInCall],
  ] as const) {
    if (number <= most) continue;
    const problem = `has ${number} ${what}, and at most ${most} are possible in one call`;
    mistakes.push({ argument: "updates", problem });
  }
  return mistakes;
}

/** The opportunities of an entry, with their places in the call. */
function placedIds(
  { ids = [], id }: Pick<InPart<Entry>, "ids" | "id">,
  at: number,
): { id: string; place: string }[] {
  const listed = ids.flatMap((one, index) =>
    one === undefined ? [] : [{ id: one, place: `${placeOfEntry(at)}.ids[${index}]` }],
  );
  // An undo has the id by itself, and may have got it in ids as well.
  return id === undefined || ids.includes(id) ? listed : [...listed, { id, place: `${placeOfEntry(at)}.id` }];
}

function placeOfEntry(at: number): string {
  return `updates[${at}]`;
}

/** Every entry's own arguments by its place, as if it was a call of update_opportunity. */
function fillings({ given, blank }: Filling): (place: string) => Filling {
  const [ofGiven, ofBlank] = [given, blank].map((names) => {
    const own = new Map<string, string[]>();
    for (const name of names) {
      const [, place, argument] = /^(updates\[[0-9]+\])\.([a-z_]+)$/.exec(name) ?? [];
      if (place === undefined || argument === undefined) continue;
      const others = own.get(place);
      if (others === undefined) own.set(place, [argument]);
      else others.push(argument);
    }
    return own;
  });
  return (place) => ({
    given: [...(ofGiven?.get(place) ?? []), "id", "time_zone", "dry_run"],
    blank: ofBlank?.get(place) ?? [],
  });
}

/** The mistakes of an entry, placed in the call: `value` in the second one is `updates[1].value`. */
export function placedAt(at: number, mistakes: readonly Mistake[]): Mistake[] {
  const place = placeOfEntry(at);
  return mistakes.map(({ argument, ...mistake }) => ({
    ...mistake,
    argument:
      argument === "arguments"
        ? place
        : argument
            .split(", ")
            .map((name) => `${place}.${name}`)
            .join(", "),
  }));
}
