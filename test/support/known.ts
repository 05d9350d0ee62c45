import { type CustomField, type Known, nothingKnown } from "../../src/organization/lists.ts";

/** What a plan can be made with if these custom fields have been read for it, and nothing else. */
export function knowing(customFields: readonly CustomField[]): Known {
  return { ...nothingKnown, customFields: { state: "read", fresh: true, items: customFields } };
}
