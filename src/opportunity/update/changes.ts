import { z } from "zod/v3";
import { asText, beginning } from "../../base/text.ts";
import { definitionOf, referenceToField } from "../../organization/custom-fields.ts";
import { itemById, type Known, type ListName } from "../../organization/lists.ts";
import { personName } from "../../organization/people.ts";
import { statusById } from "../../organization/statuses.ts";
import { identical, isEmpty, kindsIn, listOf, same } from "../compare.ts";
import { bookkeeping, derived, fieldOf, isFreeText, labelOf, nameFieldOf } from "../fields.ts";
import { isMisfit, type Opportunity, textOf } from "../opportunity.ts";
import { comparable, includesField, shows } from "./body.ts";
import { differingParts } from "./differing-part.ts";
import { isSetByClose, type Transition } from "./transition.ts";

/** A side of a change: null if the field is empty, ids by what they stand for, money in cents. */
const changeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
export type ChangeValue = z.infer<typeof changeValue>;

/** One field that differs between two states of the opportunity: `field` as Close calls it, `label` as a person does. */
export const changeSchema = z.object({
  field: z.string(),
  label: z.string(),
  from: changeValue,
  to: changeValue,
  requested: z.boolean().describe("false: changed without being asked for"),
});
export type Change = z.infer<typeof changeSchema>;

/** A change with what its description needs. */
export type ReviewedChange = Change & {
  /** What the arguments of a call name the field. */
  reference: string;
  /** Whether a rule of Close's explains what was not asked for. */
  isSetByClose: boolean;
  /** Whether the values are text that people wrote, and not names or dates. */
  isFreeText: boolean;
};

/**
 * Every field whose value differs, those asked for first. Bookkeeping and fields that follow from another are left out,
 * and so is what came in a form that says nothing. If the state before is unknown, what was asked for is listed with an
 * empty `from`.
 */
export function changesBetween(transition: Transition): ReviewedChange[] {
  const { before, after, body, known } = transition;
  const requested = new Set(Object.keys(body).map(fieldOf));
  const kindOf = kindsIn(known);
  const isChanged = (field: string) => {
    if (before === undefined) return true;
    if (before[field] === after[field]) return false;
    const kind = kindOf(field);
    // What was asked for may just have been another spelling of the same text.
    const isSame = requested.has(field) && kind === "text" ? identical : same;
    if (isSame(before[field], after[field], kind)) return false;
    return requested.has(field) || includesField(before, field);
  };
  const others = before === undefined ? [] : [...comparedFields(before), ...comparedFields(after)];
  const fields = [...new Set([...requested, ...others])].filter(
    (field) =>
      isChanged(field) &&
      includesField(after, field) &&
      !bookkeeping.has(field) &&
      !derived.has(field) &&
      (requested.has(field) || !isMisfit(field, after[field])),
  );
  return fields
    .filter((field) => !repeatsNote(field, fields, requested))
    .map((field) => {
      const [from, to] = sides(field, before ?? {}, after, known);
      return {
        field,
        label: labelOf(field, known),
        reference: referenceToField(field, known),
        from,
        to,
        requested: isRequested(field, requested),
        isSetByClose: isSetByClose(field, transition),
        isFreeText: isFreeText(field, known),
      };
    });
}

/**
 * The lists still to be read so that changed custom fields, and what is in them, can be shown by name. Fields that were
 * not asked for needed no list until now. If the answer does not show what was sent, also the one that says whose change
 * it may show instead.
 */
export function listsToName({ before = {}, after: answer, body, known }: Transition): ListName[] {
  const after = comparable(answer, { before, body });
  const kindOf = kindsIn(known);
  const lists = new Set<ListName>();
  const isShown = Object.entries(body).every(([key, value]) => shows(after, key, value, kindOf));
  if (!isShown) lists.add("me");
  const fields = [...comparedFields(before), ...comparedFields(after)].filter((field) =>
    field.startsWith("custom."),
  );
  for (const field of new Set(fields)) {
    if (!includesField(after, field) || same(before[field], after[field], kindOf(field))) continue;
    lists.add("customFields");
    const list = listsOfTypes.get(definitionOf(field, known)?.type);
    const held = [before, after].flatMap((opportunity) => listOf(opportunity[field]));
    // The opportunity names its own contact.
    const isOwn = (id: unknown) => id === before.contact_id || id === after.contact_id;
    if (list === "users" || (list === "contacts" && !held.every(isOwn))) lists.add(list);
  }
  return [...lists].filter((list) => known[list].state === "unread");
}

/** In which list the values of a custom field are found, by the type in its definition. */
const listsOfTypes: ReadonlyMap<string | undefined, ListName> = new Map([
  ["user", "users"],
  ["contact", "contacts"],
]);

/** More fields are not compared, unless they were asked for: an opportunity has a few hundred at most. */
export const maxComparedFields = 10_000;

/** The fields of an opportunity that are compared with those before or after. */
export function comparedFields(opportunity: Opportunity): readonly string[] {
  return Object.keys(opportunity).slice(0, maxComparedFields);
}

/** `note` and `note_html` are one note in two forms. */
function isRequested(field: string, requested: ReadonlySet<string>): boolean {
  if (field === "note" || field === "note_html") return requested.has("note") || requested.has("note_html");
  return requested.has(field);
}

/** `note` and `note_html` are one note in two forms: it is reported in the form that was asked for. */
function repeatsNote(field: string, fields: readonly string[], requested: ReadonlySet<string>): boolean {
  const shown = requested.has("note_html") ? "note_html" : "note";
  return (field === "note" || field === "note_html") && field !== shown && fields.includes(shown);
}

function sides(
  field: string,
  before: Opportunity,
  after: Opportunity,
  known: Known,
): [ChangeValue, ChangeValue] {
  const nameOf = namesIn(known, [after, before]);
  const [from, to] = [display(field, before, nameOf), display(field, after, nameOf)];
  if (typeof from === "string" && typeof to === "string" && from !== to) {
    const [start, end] = differingParts(from, to);
    return [shortened(start), shortened(end)];
  }
  if (from === null || !same(from, to, "text")) return [changeValueOf(from), changeValueOf(to)];
  // Two pipelines can share a label, two users a name: the ids then distinguish them.
  return [`${from} (${shownText(before[field])})`, `${to} (${shownText(after[field])})`];
}

/** A field's value with names in place of ids. */
function display(field: string, opportunity: Opportunity, nameOf: NameOf): unknown {
  const value = opportunity[field];
  if (isEmpty(value)) return null;
  const name = nameFieldOf(field);
  if (name !== undefined) return textOf(opportunity, name) ?? nameOf(field, value) ?? value;
  if (!field.startsWith("custom.")) return value;
  const named = listOf(value).map((id) => nameOf("user_id", id) ?? nameOf("contact_id", id) ?? id);
  return Array.isArray(value) ? named : named[0];
}

/** What the id in a field of this kind stands for, as far as that is known. */
type NameOf = (field: string, id: unknown) => string | undefined;

/** By the lists that were read, as Close may leave names out. Of the contacts the opportunity itself names one. */
function namesIn(known: Known, opportunities: readonly Opportunity[]): NameOf {
  const { pipelines } = known;
  return (field, id) => {
    if (typeof id !== "string") return undefined;
    switch (field) {
      case "status_id":
        return statusById(pipelines, id)?.status.label;
      case "pipeline_id":
        return itemById(pipelines, id)?.name;
      case "user_id":
        return personName(id, known);
      case "contact_id": {
        const own = opportunities.find(({ contact_id }) => contact_id === id);
        return personName(id, known) ?? (own && textOf(own, "contact_name"));
      }
      default:
        return undefined;
    }
  };
}

function changeValueOf(value: unknown): ChangeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return shortened(value);
  if (!Array.isArray(value)) return shownText(value);
  const shown = value.slice(0, maxShownValues).map(shownText);
  return value.length > shown.length ? [...shown, `… (${value.length} values)`] : shown;
}

/** More values of a list are only counted in a change. */
const maxShownValues = 200;

function shownText(value: unknown): string {
  return shortened(asText(value));
}

/** Of a very long text a change shows the beginning: the opportunity itself holds the whole. */
function shortened(text: string): string {
  return beginning(text, 10_000);
}
