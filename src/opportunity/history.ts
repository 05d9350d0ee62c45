import { isObject, type JsonObject } from "../base/json.ts";
import { beginning, quote } from "../base/text.ts";
import { definitionOf } from "../organization/custom-fields.ts";
import { itemById, type Known, userName } from "../organization/lists.ts";
import { bookkeeping, derived, labelOf, nameFieldOf } from "./fields.ts";
import { textOf } from "./opportunity.ts";
import { type ChangeValue, changesBetween } from "./update/changes.ts";
import { describeChanges } from "./update/summary.ts";

/** A field that an event changed; without its values if Close does not show them. */
export type HistoryChange = { field: string; label: string; from?: ChangeValue; to?: ChangeValue };

/** What somebody did to the opportunity, all at once. */
export type HistoryEntry = {
  /** ISO 8601, in UTC. */
  date: string | null;
  /** The user's name, or their id if the name is not known; null if no user did it. */
  user: string | null;
  /** `updated`, `created`; more may come. */
  action: string;
  changes: readonly HistoryChange[];
};

export type History = {
  entries: readonly HistoryEntry[];
  /** One for each entry, for a person. */
  lines: readonly string[];
  /** Whether Close kept the values of a change to itself. */
  hidesValues: boolean;
};

/** Longer texts of a change are cut: the log holds a note whole for every change of it. */
const maxShownCharacters = 1000;

/** More fields of one event are left out: an opportunity has far fewer. */
const maxFields = 300;

/**
 * Events of Close's event log in the order given, with names for ids as in the changes of an update. Updates that
 * changed nothing but bookkeeping are left out.
 */
export function historyOf(events: readonly JsonObject[], known: Known): History {
  const described = events.flatMap((event) => {
    const action = textOf(event, "action") ?? "changed";
    const { changes, isHidden, text } = changesOf(event, known);
    if (action === "updated" && changes.length === 0) return [];
    const entry: HistoryEntry = { date: dateOf(event), user: whoDid(event, known), action, changes };
    return [{ entry, isHidden, line: describeEntry(entry, text) }];
  });
  return {
    entries: described.map(({ entry }) => entry),
    lines: described.map(({ line }) => line),
    hidesValues: described.some(({ isHidden }) => isHidden),
  };
}

/** Whether the events changed a contact, so that the names of the lead's contacts are of use. */
export function changesContacts(events: readonly JsonObject[], known: Known): boolean {
  const isContact = (key: string) => key === "contact_id" || definitionOf(key, known)?.type === "contact";
  return events.some((event) => [...fieldsOfEvent(event)].some(isContact));
}

function fieldsOfEvent(event: JsonObject): ReadonlySet<string> {
  const listed = Array.isArray(event.changed_fields) ? event.changed_fields : [];
  const changed = [
    ...listed.filter((field) => typeof field === "string"),
    ...Object.keys(objectOf(event.previous_data)),
  ];
  return new Set(changed.slice(0, maxFields));
}

/**
 * `data` is the opportunity after the event, `previous_data` what the changed fields held before. Close leaves
 * both out for users who are not admins once the event is an hour old (Close's documentation).
 */
function changesOf(
  event: JsonObject,
  known: Known,
): { changes: HistoryChange[]; isHidden: boolean; text: string } {
  const isHidden = !isObject(event.data) || !isObject(event.previous_data);
  const previous = objectOf(event.previous_data);
  const fields = fieldsOfEvent(event);
  if (isHidden) {
    const shown = [...fields].filter((field) => !bookkeeping.has(field) && !derived.has(field));
    const changes = shown.map((field) => ({ field, label: labelOf(field, known) }));
    const texts = changes.map(({ label }) => `${quote(label)} (values not shown)`);
    return { changes, isHidden: shown.length > 0, text: texts.join("; ") };
  }
  const data = objectOf(event.data);
  const names = [...fields].flatMap((field) => nameFieldOf(field) ?? []);
  const empty = Object.fromEntries([...fields].map((field) => [field, null]));
  const before = { ...empty, ...only(previous, new Set([...fields, ...names])) };
  const after = { ...empty, ...only(data, new Set([...fields, ...names])) };
  const changes = changesBetween({ before, after, body: {}, known }).map((change) => ({
    ...change,
    from: shortenedValue(change.from),
    to: shortenedValue(change.to),
    requested: true,
  }));
  return {
    changes: changes.map(({ field, label, from, to }) => ({ field, label, from, to })),
    isHidden: false,
    text: describeChanges(changes, data, true),
  };
}

function shortenedValue(value: ChangeValue): ChangeValue {
  return typeof value === "string" ? beginning(value, maxShownCharacters) : value;
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function only(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.has(key)));
}

/** Later changes are merged into an event that is still recent, so that `date_updated` is its time; it has no offset and is UTC (Close's documented example). */
function dateOf(event: JsonObject): string | null {
  const date = textOf(event, "date_updated") ?? textOf(event, "date_created");
  if (date === undefined) return null;
  return /(Z|[+-]\d\d:?\d\d)$/.test(date) ? date : `${date}Z`;
}

function whoDid(event: JsonObject, known: Known): string | null {
  const id = textOf(event, "user_id");
  const user = itemById(known.users, id);
  return user === undefined ? (id ?? null) : userName(user);
}

/** `2026-11-23T09:30:00Z "Ada Quist": status Active → Won; value $500.00 monthly → $600.00 monthly`. */
function describeEntry({ date, user, action }: HistoryEntry, changes: string): string {
  const what = action === "updated" ? [] : [beginning(action, 50)];
  const parts = [...what, ...(changes === "" ? [] : [changes])];
  return `${beginning(date ?? "at an unknown time", 50)} ${user === null ? "no user" : quote(user)}: ${parts.join(": ")}`;
}
