import { z } from "zod/v3";
import { Failure, refuseMistakes } from "../base/failure.ts";
import { parseJson } from "../base/json.ts";
import type { ObjectRules } from "../base/reading-rules.ts";
import { quote } from "../base/text.ts";
import { localTime } from "../base/time-zone.ts";
import { defineTool, hostHints, type ToolContext } from "../mcp/tool.ts";
import { fieldOf, isCustom } from "../opportunity/fields.ts";
import type { Opportunity } from "../opportunity/opportunity.ts";
import { opportunityId, shortText } from "../opportunity/opportunity.ts";
import { needsConsent } from "../opportunity/plans/consent.ts";
import { changedSince, editsOf, type Plan, type PlanRow } from "../opportunity/plans/plan.ts";
import { isSentence, wordIn } from "../opportunity/plans/sentence.ts";
import { opportunityIdSpellings } from "../opportunity/spellings.ts";
import { sides } from "../opportunity/update/changes.ts";
import { type Edit, heldBy, isNote } from "../opportunity/update/edit.ts";
import { describeChanges } from "../opportunity/update/summary.ts";
import { planWords } from "../opportunity/words.ts";
import { readLists } from "../organization/lists.ts";
import { carryOut, reportOf } from "./carry-out.ts";
import { whoChanged } from "./event-log.ts";
import { stillWanted } from "./failed-update.ts";
import type { WantedUpdate } from "./wanted-update.ts";

const planText = z
  .string()
  .max(10_000)
  .describe(
    "The sentence of plan or undo as a result gave it. Its last word is enough, except for a plan that a person has to agree to",
  );

const inputSchema = z.object({
  plan: planText,
  ids: z
    .array(opportunityId)
    .max(200)
    .refine((list) => list.length > 0, "names no opportunity: leave ids out for all of the plan")
    .optional()
    .describe("Only these of the plan's opportunities"),
  reason: shortText.optional().describe("Why, for the audit file"),
});

const description = `Carries out a plan for deals (opportunities) in the Close CRM: what a dry run showed, what an update waits to do until a person agrees (plan), or the undo of an update (undo).

- Only pass the sentence of a plan that waits after you have shown it to the person, and they have agreed.
- "Undo that": pass the undo of the last result. ids takes back only some of it.
- Where somebody has changed a field of the plan since, that opportunity is refused and says what it holds and who changed it; the others go on.
- Each opportunity of a plan is carried out once; what was refused or left out can still be applied. The result is that of update_opportunities, with an undo of its own.

{"plan": "Win 2: $14,000 a year: Acme Corp, Globex · k7f3a9"}
{"plan": "p2m81c", "ids": ["oppo_…"]}`;

export const applyPlan = defineTool({
  name: "apply_plan",
  title: "Apply a plan, or undo an update",
  description,
  changes: "many",
  meta: hostHints("apply plan confirm approve undo revert take back restore"),
  inputSchema,
  reading: new Map<z.ZodTypeAny, ObjectRules>([
    [inputSchema, planWords],
    [opportunityId, opportunityIdSpellings],
    [planText, { reads: linesOf }],
  ]),

  async handle({ plan: given, ids, reason }, context) {
    const isOne = planCalled(given, context)?.isWhole;
    const plans = plansCalled(isOne ? [given] : given.split("\n"), context);
    // Of two updates of one opportunity, the later one has to be taken back first.
    const updates = plans
      .toSorted((a, b) => b.madeAt.localeCompare(a.madeAt))
      .flatMap((own) =>
        own.rows.map((row, at) => ({ ...wantedByRow(row, at, own, context), reason: reason ?? own.reason })),
      );
    const others = ids?.filter((id) => !updates.some((update) => update.id === id)) ?? [];
    refuseMistakes(others.map((id) => ({ argument: "ids", problem: `${id} is not in this plan` })));
    const chosen = updates.filter(({ id }) => ids?.includes(id) ?? true);
    const [maxFailures] = plans.flatMap((one) => one.maxFailures ?? []);
    return reportOf(await carryOut(chosen, { maxFailures }, context));
  },
});

/** Several plans in a list, as the lines of a text. */
function linesOf(value: unknown) {
  const list = typeof value === "string" ? parseJson(value) : value;
  return Array.isArray(list) ? { value: list.join("\n") } : undefined;
}

/** The plan that the text names, if it lives, and whether it does so by its whole sentence or by its last word alone. */
function planCalled(text: string, { plans }: ToolContext) {
  const word = wordIn(text);
  const plan = word === undefined ? undefined : plans.find(word);
  return plan && { plan, isWhole: isSentence(text, plan.sentence), isBare: isSentence(text, plan.word) };
}

/** The plans of these sentences or last words. @throws Failure if there is none, or a sentence has to be given whole. */
function plansCalled(texts: readonly string[], context: ToolContext): Plan[] {
  const called = texts
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const found = planCalled(text, context);
      if (found === undefined) throw unknownPlan(text);
      return found;
    });
  const changes = called.flatMap(({ plan }) => (plan.kind === "change" ? plan.rows : []));
  const isConsentNeeded = needsConsent(changes, context.policy.confirm);
  for (const { plan, isWhole, isBare } of called) {
    if (isWhole || (isBare && !(isConsentNeeded && plan.kind === "change"))) continue;
    throw new Failure({
      problem: isBare
        ? "Nothing was sent: this plan needs a person's consent, and so its whole sentence has to be given."
        : `Nothing was sent: this is not the sentence of the plan ${plan.word}.`,
      details: [`The plan is: ${plan.sentence}`],
      record: "unchanged",
      remedy: "Show that sentence to the person, and once they agree call apply_plan with it, unchanged.",
    });
  }
  return [...new Map(called.map(({ plan }) => [plan.word, plan])).values()];
}

function unknownPlan(text: string): Failure {
  return new Failure({
    problem: `Nothing was sent: there is no plan ${quote(text)}. A plan of changes lives for an hour, an undo for seven days.`,
    record: "unchanged",
    remedy:
      "Give the sentence just as plan or undo in a result has it. If it has expired, make the update or the dry run again; to take an update back, get_opportunity with history shows the values before.",
  });
}

/** The update that carries out a row of a plan: once, and only where the plan still holds. */
function wantedByRow(row: PlanRow, position: number, plan: Plan, { plans }: ToolContext): WantedUpdate {
  return {
    id: row.id,
    mayBeClosing: row.isClosing,
    needsBefore: true,
    plan,
    listsNeeded: ({ customFields }) => (row.edits.some(({ key }) => isCustom(key)) ? [customFields] : []),
    async edits(before = {}, context) {
      const appliedAt = plans.appliedAt(plan, position);
      if (appliedAt !== undefined) {
        const done = `This plan was carried out here at ${localTime(appliedAt, context.timeZone)}: that is done once.`;
        return { edits: [], warnings: [done], why: "nothing of this plan is left to be done" };
      }
      const edits = editsOf(row, context.names.known());
      await refuseChanged(edits, before, plan.kind === "undo", context);
      return { edits, warnings: [] };
    },
    onApplied: () => plans.markApplied(plan, position),
  };
}

/** @throws Failure that says what the fields hold that the plan did not expect, and who changed them. */
async function refuseChanged(edits: readonly Edit[], current: Opportunity, isUndo: boolean, context: ToolContext) {
  const changed = changedSince(edits, current);
  if (changed.length === 0) return;
  const fields = changed.map(({ field }) => field);
  const { names } = context;
  const [by] = await Promise.all([
    whoChanged(current, fields, context),
    readLists([names.pipelines, names.users]).catch(() => []),
  ]);
  const known = names.known();
  const changes = changed.map(({ field, expected }) => {
    const holding = { ...current, [field.key]: heldBy(current, field) };
    const own = isNote(field) ? fieldOf("note", known) : field;
    return {
      field: own,
      ...sides(field, { [field.key]: expected }, holding, known),
      requested: true,
      isSetByClose: false,
    };
  });
  const later = isUndo ? "If a later update of yours did that, take it back first, or both in one call. " : "";
  throw new Failure({
    problem: `Nothing was sent: it was changed after this plan was made: ${describeChanges(changes, current, context)}.`,
    details: by,
    record: "unchanged",
    remedy: later + stillWanted,
  });
}
