import { isDeepStrictEqual } from "node:util";
import { brokenPart } from "../../../base/text.ts";
import { referenceToField } from "../../../organization/custom-fields.ts";
import { itemById, type Known } from "../../../organization/lists.ts";
import { referenceToContact, referenceToUser } from "../../../organization/people.ts";
import type { Opportunity } from "../../opportunity.ts";
import type { CustomFieldOperation, UpdateArguments } from "../arguments.ts";
import { plan } from "../plan.ts";

/**
 * The same undo in fewer bytes: in its operations custom fields, and the people in them, go by their names if those find
 * the same, and the moment is given to the millisecond, as exactly as moments are compared.
 *
 * @param after the opportunity as it is now, which the undo is for.
 */
export function namedUndo(undo: UpdateArguments, after: Opportunity, known: Known): UpdateArguments {
  const { expected_date_updated: seen, custom_fields: operations } = undo;
  const short = { ...undo, ...(seen && { expected_date_updated: new Date(seen).toISOString() }) };
  if (operations === undefined) return short;
  const named = { ...short, custom_fields: operations.map((operation) => withNames(operation, known)) };
  const isSame = isDeepStrictEqual(plan(named, after, known).body, plan(short, after, known).body);
  return isSame ? named : short;
}

function withNames(operation: CustomFieldOperation, known: Known): CustomFieldOperation {
  const { field, value } = operation;
  const reference = referenceToField(`custom.${field}`, known);
  return {
    ...operation,
    field: reference === `custom.${field}` ? field : asArgument(reference, field),
    ...(value && { value: value.map((one) => asArgument(personOr(one, field, known), one)) }),
  };
}

function personOr(value: string, field: string, known: Known): string {
  switch (itemById(known.customFields, field)?.type) {
    case "user":
      return referenceToUser(value, known);
    case "contact":
      return referenceToContact(value, known);
    default:
      return value;
  }
}

/** Text that is not UTF-8 would be refused: the id is given then. */
function asArgument(name: string, id: string): string {
  return brokenPart(name) === undefined ? name : id;
}
