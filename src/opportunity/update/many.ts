import { z } from "zod/v3";
import type { Mistake } from "../../organization/names.ts";
import { opportunityId } from "../opportunity.ts";
import { contradictions, type UpdateArguments, updateArguments } from "./arguments.ts";

/** How many opportunities one call changes at most. */
export const maxRows = 200;

/** What update_opportunity describes is not described again: every definition is read by a model. */
const bare = <T extends z.ZodTypeAny>(type: T): T => type.describe("");

const { shape } = updateArguments;

/** One change, and the opportunities that it applies to. */
const entry = z.object({
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
});
type Entry = z.infer<typeof entry>;

/** What can be asked of an update of many: each entry is a call of update_opportunity for one or more opportunities. */
export const manyArguments = z.object({
  updates: z
    .array(entry)
    .max(maxRows)
    .describe("Changes, each with the arguments of update_opportunity and the opportunities it applies to"),
  time_zone: shape.time_zone.describe("IANA name"),
  dry_run: shape.dry_run.describe("Send nothing"),
});
export type ManyArguments = z.infer<typeof manyArguments>;

/** One opportunity's update, and the place of its entry in the call. */
export type RowArguments = { place: string; args: UpdateArguments };

/** The rows of a call in the order asked for, and what is wrong with its entries before anything is looked up. */
export function rowsOf({ updates, time_zone, dry_run }: ManyArguments): {
  rows: readonly RowArguments[];
  mistakes: readonly Mistake[];
} {
  const mistakes: Mistake[] = [];
  const places = new Map<string, string>();
  const rows: RowArguments[] = [];
  for (const [at, { ids, id, ...changes }] of updates.entries()) {
    const place = `updates[${at}]`;
    const all = idsOf({ ids, id });
    if (all.length === 0) mistakes.push({ argument: `${place}.ids`, problem: "is required: one id or more" });
    for (const [index, one] of all.entries()) {
      const own = id === undefined ? `${place}.ids[${index}]` : `${place}.id`;
      const earlier = places.get(one);
      if (earlier !== undefined) {
        mistakes.push({ argument: own, problem: `${one} is given twice: ${earlier} names it as well` });
      }
      places.set(one, own);
      rows.push({ place, args: { id: one, ...changes, time_zone, dry_run } });
    }
    const ofEntry = contradictions(changes, false);
    mistakes.push(
      ...ofEntry.map(({ argument, problem }) => ({ argument: placed(place, argument), problem })),
    );
  }
  if (updates.length === 0)
    mistakes.push({ argument: "updates", problem: "is empty: give at least one change" });
  if (rows.length > maxRows) {
    const problem = `names ${rows.length} opportunities, and at most ${maxRows} are possible in one call`;
    mistakes.push({ argument: "updates", problem });
  }
  return { rows: rows.slice(0, maxRows), mistakes };
}

function idsOf({ ids = [], id }: Pick<Entry, "ids" | "id">): readonly string[] {
  return id === undefined ? ids : [...ids, id];
}

/** `value` in the second entry is `updates[1].value`; `note, clear` are both placed. */
export function placed(place: string, argument: string): string {
  if (argument === "arguments") return place;
  return argument
    .split(", ")
    .map((name) => `${place}.${name}`)
    .join(", ");
}

/** What to say of names that callers try at the top, or in an entry. */
export function misplacedInMany(name: string): string | undefined {
  if (/^(ids?|opportunity_ids?)$/.test(name) || name in shape) {
    return `${name} belongs in an entry of updates, as in {"updates": [{"ids": ["oppo_…"], "status_id": "Lost"}]}.`;
  }
  return undefined;
}
