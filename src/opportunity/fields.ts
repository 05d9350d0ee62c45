import { grouped } from "../base/grouped.ts";
import { memoizeByObject } from "../base/once.ts";
import { quote } from "../base/text.ts";
import {
  type CustomField,
  itemById,
  type Known,
  type NotedNames,
  nothingKnown,
  readLists,
} from "../organization/lists.ts";
import { lookUp, naming, shownName } from "../organization/names.ts";
import { personName } from "../organization/people.ts";
import { statusById } from "../organization/statuses.ts";

/** How the values of a field are compared. Unknown: a custom field whose definition is not known. */
export type Kind = "text" | "html" | "number" | "date" | "datetime" | "unknown";

/** All that this program knows of a field of an opportunity. */
export type Field = {
  /** As in an opportunity and in a request body: `value`, `custom.cf_…`. */
  key: string;
  /** What a person calls it. */
  label: string;
  /** What a call can name it: a custom field by its name if that finds no other, or else by its id. */
  reference: string;
  kind: Kind;
  /** Whether it holds what people write, so that it can look like anything. */
  isFreeText: boolean;
  /** Bookkeeping and what follows from another field is not reported; what is computed no person can change. */
  role?: "bookkeeping" | "derived" | "computed";
  /** If it holds an id: the field in which Close states what that is called. */
  nameField?: string;
  /** The same by the lists that were read, as Close may leave names out. */
  nameOf?: (id: string, known: Known) => string | undefined;
  /** Of a custom field that holds people: in which list they are. */
  list?: "users" | "contacts";
  /** Of a custom field, if it is known. */
  definition?: CustomField;
};

type Facts = Partial<Omit<Field, "key" | "reference" | "definition">>;

const statusName = (id: string, known: Known) => statusById(known, id)?.label;
const pipelineName = (id: string, { pipelines }: Known) => itemById(pipelines, id)?.name;

/** Close's own fields (Close's documentation). What is not among them is text of its own name that Close computes. */
const ownFields: ReadonlyMap<string, Facts> = new Map<string, Facts>([
  ["status_id", { label: "status", nameField: "status_label", nameOf: statusName }],
  ["pipeline_id", { label: "pipeline", nameField: "pipeline_name", nameOf: pipelineName, role: "computed" }],
  ["user_id", { label: "owner", nameField: "user_name", nameOf: personName }],
  ["contact_id", { label: "contact", nameField: "contact_name", nameOf: personName }],
  ["lead_id", { label: "lead", nameField: "lead_name" }],
  ["value", { label: "value (cents)", kind: "number" }],
  ["value_period", {}],
  ["confidence", { kind: "number" }],
  ["date_won", { kind: "date" }],
  ["date_lost", { kind: "datetime", role: "computed" }],
  ["note", { isFreeText: true }],
  ["note_html", { kind: "html", isFreeText: true }],
  ["attachments", {}],
  ...withRole("bookkeeping", "date_created created_by created_by_name date_updated updated_by updated_by_name"),
  ...withRole(
    "derived",
    "status_label status_type status_display_name pipeline_name user_name contact_name lead_name value_formatted expected_value annualized_value annualized_expected_value custom",
  ),
]);

const computed: Facts = { role: "computed" };

/** Types of custom fields whose values are not written freely (Close's documentation). */
const customTypes: ReadonlyMap<string, Facts> = new Map<string, Facts>([
  ["number", { kind: "number" }],
  ["date", { kind: "date" }],
  ["datetime", { kind: "datetime" }],
  ["choices", {}],
  ["user", { list: "users", nameOf: personName }],
  ["contact", { list: "contacts", nameOf: personName }],
  ["custom_object", {}],
]);

function withRole(role: NonNullable<Field["role"]>, keys: string): [string, Facts][] {
  return keys.split(" ").map((key) => [key, { role }]);
}

/** The field of an opportunity that goes by this key. */
export function fieldOf(key: string, { customFields }: Pick<Known, "customFields">): Field {
  if (!isCustom(key)) {
    return { key, label: key, reference: key, kind: "text", isFreeText: false, ...(ownFields.get(key) ?? computed) };
  }
  const id = key.slice("custom.".length);
  const unknown: Field = { key, label: key, reference: id, kind: "unknown", isFreeText: true };
  return customFieldsOf(customFields).get(id) ?? unknown;
}

const customFieldsOf = memoizeByObject((customFields: readonly CustomField[]): ReadonlyMap<string, Field> => {
  const called = customFields.flatMap(({ id, name }) => [id, name.trim()]);
  const times = grouped(called, String);
  const fields = customFields.map((definition): [string, Field] => {
    const { id, name: label, type } = definition;
    const reference = times.get(label.trim())?.length === 1 && idIn(label) === undefined ? label : id;
    const facts = customTypes.get(type) ?? { isFreeText: true };
    return [id, { key: `custom.${id}`, label, reference, kind: "text", isFreeText: false, ...facts, definition }];
  });
  return new Map(fields);
});

/** The id as which a custom field's name would be read. */
function idIn(reference: string): string | undefined {
  return /^(?:custom\.)?(l?cf_[A-Za-z0-9]+)$/.exec(reference.trim())?.[1];
}

/** Whether the key is that of a custom field. */
export function isCustom(key: string): boolean {
  return key.startsWith("custom.");
}

/** Whether a change of the field is reported at all. */
export function isReported({ role }: Field): boolean {
  return role !== "bookkeeping" && role !== "derived";
}

const fieldNaming = naming<CustomField>({
  noun: "custom field",
  namesOf: ({ name }) => [name],
  describe: ({ name, id, type, description }) =>
    `${shownName(name)} (${[id, type, ...(description ? [quote(description, 80)] : [])].join(", ")})`,
});

/**
 * Finds a custom field by its `cf_…` or `custom.cf_…` id (`lcf_…` in old organizations) or its name; by an id
 * also, unchecked, if the custom fields cannot be read. @throws NameError if there is none or several, UnreadList.
 */
export async function findField(reference: string, names: NotedNames): Promise<Field> {
  const id = idIn(reference);
  const [unread] = id === undefined ? [] : await readLists([names.customFields]);
  if (unread !== undefined) {
    names.note(`The custom-field operations were not checked. ${unread.report.problem}`);
    return fieldOf(`custom.${id}`, nothingKnown);
  }
  const found = await lookUp(names.customFields, id ?? reference, fieldNaming, names.note);
  return fieldOf(`custom.${found.id}`, names.known());
}
