import { z } from "zod/v3";
import { type Mistake, mistakesAmong } from "../../../base/failure.ts";
import type { ObjectRules, ReadingRules } from "../../../base/reading-rules.ts";
import { opportunityId } from "../../opportunity.ts";
import { entryWords, manyWords } from "../../words.ts";
import { contradictions, type UpdateArguments, updateArguments, updateReading } from "../arguments.ts";

/** How many opportunities one call changes at most, and how many operations on custom fields it holds. */
const max = { rows: 200, operations: 2_000 };

const { status_id, date_won, time_zone, dry_run, reason } = updateArguments.shape;

const entry = z
  .object({
    ids: z.array(opportunityId).max(max.rows).optional().describe("The opportunities to change"),
    id: opportunityId.optional().describe("One opportunity, beside or instead of ids"),
  })
  .merge(updateArguments.omit({ id: true, time_zone: true, dry_run: true, reason: true }))
  // What update_opportunity says at length.
  .extend({ status_id: status_id.describe("Label, or stat_… id"), date_won: date_won.describe("YYYY-MM-DD") });
type Entry = z.infer<typeof entry>;

/** What can be asked of an update of many: each entry is a call of update_opportunity for one or more opportunities. */
export const manyArguments = z.object({
  updates: z
    .array(entry)
    .max(max.rows)
    .describe(
      `Changes, each with arguments of update_opportunity and the ids it applies to, at most ${max.rows} in all`,
    ),
  time_zone,
  dry_run,
  reason,
  stop_after_failures: z.number().int().min(1).optional().describe("Try no more after so many refused or in doubt"),
});
export type ManyArguments = z.infer<typeof manyArguments>;

const changesForm = '{"ids": ["oppo_…"], "date_won": "2026-12-31"}';

/** How the arguments of an update of many are read, beyond their schemas. */
export const manyReading: ReadingRules = new Map<z.ZodTypeAny, ObjectRules>([
  ...updateReading,
  [entry, { ...entryWords, form: ["a change", changesForm] }],
  [
    manyArguments,
    { ...manyWords, otherwise: () => `What is to be changed goes into an entry of updates: [${changesForm}]` },
  ],
]);

function namedIn({ ids = [], id }: Pick<Entry, "ids" | "id">, at: number) {
  const listed = ids.map((one, index) => ({ id: one, place: `updates[${at}].ids[${index}]` }));
  return id === undefined || ids.includes(id) ? listed : [...listed, { id, place: `updates[${at}].id` }];
}

/** The rows of a call, each as a call of update_opportunity, in the order asked for. */
export function rowsOf({ updates, stop_after_failures, ...ofCall }: ManyArguments): UpdateArguments[] {
  return updates.flatMap(({ ids, id, ...changes }, at) =>
    namedIn({ ids, id }, at).map((named) => ({ id: named.id, ...changes, ...ofCall })),
  );
}

/** What is wrong with the entries of a call before anything is looked up. */
export function mistakesInEntries({ updates }: ManyArguments): Mistake[] {
  const named = updates.flatMap(namedIn);
  const firstPlaces = new Map(named.toReversed().map(({ id, place }) => [id, place]));
  const operations = updates.flatMap(({ custom_fields = [] }) => custom_fields);
  const tooMany = (count: number, most: number, what: string) =>
    [count > most, "updates", `has ${count} ${what}, and at most ${most} are possible in one call`] as const;
  return [
    ...updates.flatMap(({ ids, id, ...changes }, at) => {
      const unnamed = mistakesAmong([[ids === undefined && id === undefined, "ids", "is required: one id or more"]]);
      return placedAt(at, [...unnamed, ...contradictions(changes)]);
    }),
    ...mistakesAmong([
      ...named.map(({ id, place }) => {
        const first = firstPlaces.get(id);
        return [first !== place, place, `${id} is given twice: ${first} names it as well`] as const;
      }),
      tooMany(named.length, max.rows, "opportunities"),
      tooMany(operations.length, max.operations, "operations on custom fields"),
    ]),
  ];
}

/** The mistakes of an entry, placed in the call: `value` in the second one is `updates[1].value`. */
export function placedAt(at: number, mistakes: readonly Mistake[]): Mistake[] {
  const inEntry = (name: string) => (name === "arguments" ? `updates[${at}]` : `updates[${at}].${name}`);
  const placed = (argument: string) => argument.split(", ").map(inEntry).join(", ");
  return mistakes.map(({ argument, problem }) => ({ argument: placed(argument), problem }));
}
