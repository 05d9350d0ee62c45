import { type CustomField, itemById, type Known, type Lookup } from "./lists.ts";
import { byName, type Naming, type Resolution } from "./names.ts";

/** A custom field that a call names. */
export type FoundField = {
  /** `custom.cf_…`, as in an opportunity. */
  key: string;
  /** The id if the name is not known. */
  name: string;
  /** Undefined if the custom fields could not be read. */
  definition: CustomField | undefined;
};

/** By `cf_…` or `custom.cf_…` id (`lcf_…` in old organizations), or by name. */
export function findField(reference: string, customFields: Lookup<CustomField>): Resolution<FoundField> {
  const id = /^(?:custom\.)?(l?cf_[A-Za-z0-9]+)$/.exec(reference.trim())?.[1];
  if (customFields.state === "failed" && id !== undefined) {
    return { found: { key: `custom.${id}`, name: id, definition: undefined } };
  }
  const resolution = byName(customFields, id ?? reference, fieldNaming, reference);
  if (!("found" in resolution)) return resolution;
  const definition = resolution.found;
  return { found: { key: `custom.${definition.id}`, name: definition.name, definition } };
}

/** The id in a key `custom.cf_…` of an opportunity; undefined for a field of Close's own. */
function customFieldId(key: string): string | undefined {
  return key.startsWith("custom.") ? key.slice("custom.".length) : undefined;
}

/** The custom field that a key `custom.cf_…` of an opportunity stands for, if it is known. */
export function definitionOf(
  key: string,
  { customFields }: Pick<Known, "customFields">,
): CustomField | undefined {
  return itemById(customFields, customFieldId(key));
}

/** What a call can name a field of an opportunity: a custom field by its name if that finds it and no other, or else by its key. */
export function referenceToField(key: string, known: Pick<Known, "customFields">): string {
  const name = definitionOf(key, known)?.name;
  if (name === undefined) return key;
  const resolution = findField(name, known.customFields);
  return "found" in resolution && resolution.found.key === key ? name : key;
}

const fieldNaming: Naming<CustomField> = {
  list: "customFields",
  noun: "custom field",
  id: "cf_…",
  namesOf: [(field) => field.name],
  describe: (field) => `${field.id} (${field.type})`,
};
