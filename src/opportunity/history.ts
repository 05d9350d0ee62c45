import { isObject, type JsonObject } from "../base/json.ts";
import { quote, truncate } from "../base/text.ts";
import { instantOf, inUtc, localTime } from "../base/time-zone.ts";
import type { Known } from "../organization/lists.ts";
import { personName } from "../organization/people.ts";
import { type Field, fieldOf, isReported } from "./fields.ts";
import { type Opportunity, textOf } from "./opportunity.ts";
import { changesBetween, shownChange } from "./update/changes.ts";
import { type Edit, isNote, type Transition } from "./update/edit.ts";
import { describeChanges } from "./update/summary.ts";
import { same } from "./values.ts";

/**
 * Events of Close's event log in the order given, with names for ids as in the changes of an update, and a line of each for a
 * person. Updates that changed nothing but bookkeeping are left out. `hidesValues`: whether Close kept values to itself.
 */
export function historyOf(events: readonly JsonObject[], known: Known, timeZone: string) {
  const described = events.flatMap((event) => {
    const action = textOf(event, "action") ?? "changed";
    const { changes, isHidden, text } = changesOf(event, known, timeZone);
    if (action === "updated" && changes.length === 0) return [];
    const id = textOf(event, "user_id") ?? null;
    const [date, user] = [dateOf(event), personName(id, known) ?? id];
    const when = localTime(truncate(date ?? "at an unknown time", 50), timeZone);
    const what = [action === "updated" ? "" : truncate(action, 50), text].filter(Boolean).join(": ");
    const line = `${when} ${user === null ? "no user" : quote(user)}: ${what}`;
    return [{ entry: { date, user, action, changes }, isHidden, line }];
  });
  return {
    entries: described.map(({ entry }) => entry),
    lines: described.map(({ line }) => line),
    hidesValues: described.some(({ isHidden }) => isHidden),
  };
}

/** Whether the events changed a contact, so that the names of the lead's contacts are of use. */
export function changesContacts(events: readonly JsonObject[], known: Known): boolean {
  const fields = events.flatMap(keysIn).map((key) => fieldOf(key, known));
  return fields.some(({ key, list }) => key === "contact_id" || list === "contacts");
}

function keysIn({ changed_fields: listed, previous_data: previous }: JsonObject): string[] {
  const keys = [listed, isObject(previous) ? Object.keys(previous) : []].flat();
  return [...new Set(keys.filter((key) => typeof key === "string"))];
}

/** Close leaves `data` and `previous_data` out for non-admins once an event is an hour old (Close's documentation). */
function changesOf(event: JsonObject, known: Known, timeZone: string) {
  const fields = keysIn(event).map((key) => fieldOf(key, known));
  const { data, previous_data: previous } = event;
  if (!isObject(data) || !isObject(previous)) {
    const changes = fields.filter(isReported).map(({ key, label }) => ({ field: key, label }));
    const texts = changes.map(({ label }) => `${quote(label)} (values not shown)`);
    return { changes, isHidden: changes.length > 0, text: texts.join("; ") };
  }
  const keys = fields.flatMap(({ key, nameField }) => (nameField === undefined ? [key] : [key, nameField]));
  const state = (held: JsonObject) => Object.fromEntries(keys.map((key) => [key, held[key] ?? null]));
  const transition = { before: state(previous), after: state(data), edits: [], known };
  const changes = changesBetween(transition).map((change) => ({ ...change, requested: true }));
  const shown = changes.map(shownChange).map(({ requested, ...change }) => change);
  return { changes: shown, isHidden: false, text: describeChanges(changes, data, { timeZone }) };
}

/** In ISO 8601. Later changes are merged into an event that is still recent, so that `date_updated` is its time. */
function dateOf(event: JsonObject): string | null {
  const date = textOf(event, "date_updated") ?? textOf(event, "date_created");
  return date === undefined ? null : inUtc(date);
}

/**
 * What an update replaced that it was not made from: in which fields, what these really held, and whose that was. Undefined
 * unless the log shows this update and another since the read: a merged event says nothing (Close's documentation).
 */
export function replacedUnseen(
  { after, edits }: Pick<Transition, "after" | "edits">,
  before: Opportunity,
  events: readonly JsonObject[],
) {
  const readDate = instantOf(textOf(before, "date_updated") ?? "");
  const replaced = edits.filter(isMadeFromRead).flatMap(({ field }) => {
    const holds = (state: unknown, wanted: Opportunity) =>
      isObject(state) && keysOf(field).every((key) => !(key in state) || same(state[key], wanted[key], field.kind));
    const touching = events.filter((event) => isAbout(field, event));
    const at = touching.findIndex(({ data }) => holds(data, after));
    const [own, ...earlier] = at === -1 ? [] : touching.slice(at);
    const previous = own?.previous_data;
    const isLater = instantOf(textOf(own, "date_created") ?? "") > readDate;
    if (!isObject(previous) || !isLater || holds(previous, before)) return [];
    if (!earlier.some(({ previous_data }) => holds(previous_data, before))) return [];
    const held = keysOf(field).flatMap((key) => (key in previous ? [[key, previous[key]]] : []));
    return [{ field, held, userId: textOf(earlier[0], "user_id") }];
  });
  const [first] = replaced;
  if (first === undefined) return undefined;
  const really = Object.fromEntries(replaced.flatMap(({ held }) => held));
  return { before: { ...before, ...really }, fields: replaced.map(({ field }) => field), userId: first.userId };
}

/** Whether the edit replaces what was read: it is computed from that, or a plan's text, which expects it. */
export function isMadeFromRead({ field, isComputed, expected }: Edit): boolean {
  return isComputed === true || (expected !== undefined && field.isFreeText);
}

/** Who gave the field the value that it holds now, and when, in ISO 8601; undefined if the events do not show that. */
export function lastChangeOf(field: Field, current: Opportunity, events: readonly JsonObject[]) {
  const event = events.find((one) => isAbout(field, one));
  const data = event?.data;
  const isShown = isObject(data) && keysOf(field).every((key) => same(data[key], current[key], field.kind));
  return event && isShown ? { userId: textOf(event, "user_id"), date: dateOf(event) } : undefined;
}

/** A note is one field in two forms. */
function keysOf(field: Field): readonly string[] {
  return isNote(field) ? ["note", "note_html"] : [field.key];
}

function isAbout(field: Field, event: JsonObject): boolean {
  return keysIn(event).some((key) => keysOf(field).includes(key));
}
