import type { Mistake } from "../../base/failure.ts";
import { quote } from "../../base/text.ts";
import { fold } from "../../organization/names.ts";
import { type Field, isCustom } from "../fields.ts";
import { updateArguments } from "./arguments.ts";
import { isNote } from "./edit.ts";

/**
 * The fields that may not be changed, as mistakes.
 * @param writable names or ids of arguments and custom fields, `note` for all its forms; undefined if all may be changed.
 */
export function unwritable(fields: readonly Field[], writable: readonly string[] | undefined): Mistake[] {
  if (writable === undefined) return [];
  const names = new Set(writable.map(spelt));
  const isAllowed = (field: Field) => namesOf(field).some((name) => names.has(spelt(name)));
  return fields
    .filter((field) => !isAllowed(field))
    .map(({ key, label }) => ({
      argument: isCustom(key) ? `custom_fields ${quote(label)}` : key,
      problem: `may not be changed by this server: its setting CLOSE_WRITABLE_FIELDS allows only ${writable.join(", ")}`,
    }));
}

/** A custom field that is called like an argument goes by its id alone. */
function namesOf(field: Field): string[] {
  const { key, label } = field;
  if (isNote(field)) return ["note"];
  if (!isCustom(key)) return [key];
  const isAmbiguous = Object.keys(updateArguments.shape).some((argument) => fold(argument) === fold(label));
  return [key, key.slice("custom.".length), ...(isAmbiguous ? [] : [label])];
}

/** As names are compared; one of symbols alone by these. */
function spelt(name: string): string {
  return fold(name) || name.trim();
}
