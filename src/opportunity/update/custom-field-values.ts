import { z } from "zod/v3";
import { parseJson } from "../../base/json.ts";
import { memoizeByObject } from "../../base/once.ts";
import { asText, isNullText, joined, quote } from "../../base/text.ts";
import { hasOffset, momentsOf } from "../../base/time-zone.ts";
import type { CustomField, Note, NotedNames } from "../../organization/lists.ts";
import { NameError, naming, nearestFirst, oneOf, shownName } from "../../organization/names.ts";
import { findContact, findUser } from "../../organization/people.ts";
import type { Field } from "../fields.ts";
import { isDay, type Opportunity, textOf } from "../opportunity.ts";
import { dayWritten } from "../spellings.ts";
import { isExact, isNumeric, keyOf, listOf } from "../values.ts";
import type { CustomFieldOperation } from "./arguments.ts";

/** The present state, undefined if it could not be read, where names are looked up, and the zone of times without an offset. */
export type Circumstances = { before: Opportunity | undefined; names: NotedNames; timeZone: string };

/**
 * An operation's values in the form and spelling that Close takes for the field.
 * @throws NameError of all that the field does not take, UnreadList if a name cannot be looked up.
 */
export async function operationValues(
  { action, value = [] }: CustomFieldOperation,
  { key, label, kind, list, definition }: Field,
  circumstances: Circumstances,
): Promise<readonly unknown[]> {
  const { before } = circumstances;
  const about = quote(label);
  if (action === "unset") {
    if (value.every(isNullText)) return [];
    throw new NameError(`unset of ${about} takes no value: leave it out, or use set`);
  }
  const several = definition?.accepts_multiple_values === true;
  if (action !== "set" && definition !== undefined && !several) {
    throw new NameError(`${about} accepts one value only, so ${action} does not apply: use set or unset`);
  }
  const parts = several ? severalValues(value, definition) : value;
  if (parts.length === 0 || isWordForNull(parts, definition)) {
    throw new NameError(`${action} of ${about} needs a value; to empty the field use unset`);
  }
  const held = before?.[key];
  if (definition === undefined) return action === "set" ? asHeld(parts, held) : parts;
  if (!several && parts.length > 1) {
    throw new NameError(`${about} accepts one value only, but a list of ${parts.length} was given`);
  }
  const values: unknown[] = [];
  const problems: string[] = [];
  for (const part of parts) {
    // What is held can be removed, a choice that was retired since included.
    const isSame = (one: unknown) => action === "remove" && keyOf(one, kind) === keyOf(part, kind);
    const there = listOf(held).find(isSame);
    try {
      values.push(there ?? (await converted(asText(part), definition, circumstances)));
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      problems.push(list === undefined ? error.message : `${about}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new NameError(problems.join("; "));
  return values;
}

/** Hosts send nested lists as JSON text: such text is a list, unless it is itself a choice. */
function severalValues(values: readonly string[], { choices }: CustomField): readonly unknown[] {
  const [text = "", ...others] = values;
  if (others.length > 0 || !text.trimStart().startsWith("[") || choices?.includes(text)) return values;
  return z.array(z.union([z.string(), z.number().safe()])).safeParse(parseJson(text)).data ?? values;
}

/** "null" and the like are no value, unless the field has such a choice. "None" is what people write as well. */
function isWordForNull([only, ...others]: readonly unknown[], definition: CustomField | undefined): boolean {
  if (typeof only !== "string" || others.length > 0 || only.trim() === "None") return false;
  return isNullText(only) && definition?.choices?.includes(only.trim()) !== true;
}

/** Without the field's definition, a single value takes the form of the one that is held. */
function asHeld(values: readonly unknown[], held: unknown): readonly unknown[] {
  const [only] = values;
  if (values.length > 1 || Array.isArray(held)) return [values];
  return [typeof held === "number" && isNumeric(asText(only)) && isExact(asText(only)) ? Number(only) : only];
}

async function converted(
  text: string,
  field: CustomField,
  { before, names, timeZone }: Circumstances,
): Promise<unknown> {
  const trimmed = text.trim();
  const misfit = (taken: string) => new NameError(`${quote(field.name)} takes ${taken}, not ${quote(text)}`);
  const day = dayWritten(trimmed) ?? trimmed;
  const moment = field.type === "datetime" ? momentMeant(trimmed, timeZone, names.note) : undefined;
  switch (field.type) {
    case "number":
      if (!isNumeric(trimmed) || !Number.isFinite(Number(trimmed))) throw misfit("a number");
      if (isExact(trimmed)) return Number(trimmed);
      throw new NameError(`${quote(field.name)}: ${quote(trimmed)} cannot be kept exactly`);
    case "date":
      if (!isDay(day)) throw misfit("a day of the calendar as YYYY-MM-DD");
      if (day !== trimmed) names.note(readAs(text, day));
      return day;
    case "datetime":
      if (moment !== undefined) return moment;
      throw misfit("a date and time, such as 2026-06-27T22:00:00-08:00");
    case "choices":
      return field.choices ? choice(text, field.name, field.choices, names.note) : text;
    case "user":
      return findUser(text, names);
    case "contact":
      return findContact(text, names, textOf(before, "lead_id"));
    default:
      return text;
  }
}

/** A date and time as Close takes it: without an offset in the call's zone, if that is one moment there. @throws NameError */
function momentMeant(text: string, timeZone: string, note: Note): string | undefined {
  const moments = momentsOf(text, timeZone);
  if (moments === undefined) return undefined;
  const [found, other] = moments;
  const said = `${quote(text)} in ${timeZone}`;
  if (found === undefined)
    throw new NameError(`there is no ${said}: clocks are put forward then. Give it with its offset`);
  if (other !== undefined)
    throw new NameError(`${said} is ambiguous, as clocks are put back then: give ${found} or ${other}`);
  if (!hasOffset(text)) note(readAs(text, `${found}, in ${timeZone}`));
  return found;
}

function readAs(text: string, meant: string): string {
  return `${quote(text)} was read as ${meant}.`;
}

type Choice = { id?: string; name: string };

const choicesIn = memoizeByObject((names: readonly string[]): readonly Choice[] =>
  [...new Set(names)].map((name) => ({ name })),
);

const choiceNaming = naming<Choice>({
  noun: "choice",
  namesOf: ({ name }) => [name],
  describe: ({ name }) => shownName(name),
});

function choice(text: string, field: string, names: readonly string[], note: Note): string {
  const choices = choicesIn(names);
  const match = oneOf(choices, text, choiceNaming, note);
  if (match !== undefined) return match.name;
  const ranked = nearestFirst(text, choices, ({ name }) => [name]);
  const valid = joined(ranked, choiceNaming.describe);
  throw new NameError(`${shownName(text)} is not a choice of ${quote(field)}. Choices: ${valid}`);
}
