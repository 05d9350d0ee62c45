import { Failure } from "../../base/failure.ts";
import { grouped } from "../../base/grouped.ts";
import { asText, joined, quote } from "../../base/text.ts";
import type { Known } from "../../organization/lists.ts";
import { personName } from "../../organization/people.ts";
import type { Opportunity } from "../opportunity.ts";
import { keyOf, keysOf, listOf } from "../values.ts";
import type { Asked, Edit } from "./edit.ts";

/**
 * The edits as one request can carry them: Close adds or removes one value of a field (Close's update page), so
 * that several become one list, made of the state just read. What holds already is left out. @throws Failure if it is unread.
 */
export function sendable(asked: Asked, before: Opportunity | undefined, known: Known): Asked {
  const { edits, warnings, ...wanted } = asked;
  const parts = [...grouped(edits, ({ field }) => field.key).values()].map((own) => asOne(own, before, known));
  const more = parts.flatMap((part) => part.warnings);
  return { ...wanted, edits: parts.flatMap((part) => part.edits), warnings: [...warnings, ...more] };
}

function asOne(own: readonly Edit[], before: Opportunity | undefined, known: Known): Asked {
  const [first] = own;
  if (first === undefined || first.action === "set") return { edits: own, warnings: [] };
  const { field } = first;
  const key = ({ value }: Pick<Edit, "value">) => keyOf(value, field.kind);
  const held = keysOf(before?.[field.key], field.kind);
  const isDone = (edit: Edit) => before !== undefined && held.has(key(edit)) === (edit.action === "add");
  const needed = own.filter((edit) => !isDone(edit));
  const done = (action: Edit["action"]) => own.filter((edit) => edit.action === action && isDone(edit));
  const named = (some: readonly Edit[]) =>
    joined(some, ({ value }) => quote(personName(value, known) ?? asText(value), 100));
  const label = quote(field.label);
  const [present, absent] = [done("add"), done("remove")];
  const warnings = [
    ...(present.length > 0 ? [`${label} already holds ${named(present)}: nothing to add.`] : []),
    ...(absent.length > 0 ? [`${label} does not hold ${named(absent)}: nothing to remove.`] : []),
  ];
  if (needed.length < 2) return { edits: needed, warnings };
  if (before === undefined) throw stateNeeded(`A change of several values of ${label}`);
  const gone = new Set(needed.filter(({ action }) => action === "remove").map(key));
  const kept = listOf(before[field.key]).filter((value) => !gone.has(key({ value })));
  const list = [...kept, ...needed.filter(({ action }) => action === "add").map(({ value }) => value)];
  return { edits: [{ field, action: "set", value: list.length === 0 ? null : list, isComputed: true }], warnings };
}

/** What is computed from the present state needs it. */
export function stateNeeded(what: string): Failure {
  return new Failure({
    problem: `${what} depends on what the opportunity holds, and that could not be read.`,
    record: "unchanged",
    remedy: "Call again in a moment.",
  });
}
