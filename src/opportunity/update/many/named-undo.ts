import { isDeepStrictEqual } from "node:util";
import { brokenPart, isNullText } from "../../../base/text.ts";
import { referenceToField } from "../../../organization/custom-fields.ts";
import { itemById, type Known } from "../../../organization/lists.ts";
import { referenceToContact, referenceToUser } from "../../../organization/people.ts";
import { referenceToStatus } from "../../../organization/statuses.ts";
import type { Opportunity } from "../../opportunity.ts";
import { pipelineOf } from "../../status.ts";
import type { CustomFieldOperation, UpdateArguments } from "../arguments.ts";
import { plan } from "../plan.ts";

/**
 * The same undo in fewer bytes: with names in place of ids, if those ask for the same, and the moment to the millisecond,
 * as exactly as moments are compared.
 *
 * @param after the opportunity as it is now, which the undo is for.
 */
export function namedUndo(undo: UpdateArguments, after: Opportunity, known: Known): UpdateArguments {
  const { expected_date_updated: seen } = undo;
  const short = { ...undo, ...(seen && { expected_date_updated: new Date(seen).toISOString() }) };
  const named = withNames(short, after, known);
  const asksForSame = () => isDeepStrictEqual(plan(named, after, known).body, plan(short, after, known).body);
  return isDeepStrictEqual(named, short) || asksForSame() ? named : short;
}

function withNames(undo: UpdateArguments, after: Opportunity, known: Known): UpdateArguments {
  const { status_id, user_id, contact_id, custom_fields } = undo;
  const ownPipeline = pipelineOf(after, known).id;
  return {
    ...undo,
    ...(status_id && { status_id: asArgument(referenceToStatus(status_id, known, ownPipeline), status_id) }),
    ...(user_id && { user_id: asArgument(referenceToUser(user_id, known), user_id) }),
    ...(contact_id && { contact_id: asArgument(referenceToContact(contact_id, known), contact_id) }),
    ...(custom_fields && {
      custom_fields: custom_fields.map((operation) => operationWithNames(operation, known)),
    }),
  };
}

/** A word for null would count as not given, and text that is not UTF-8 be refused: the id is given then. */
function asArgument(name: string, id: string): string {
  return isNullText(name) || brokenPart(name) !== undefined ? id : name;
}

function operationWithNames(operation: CustomFieldOperation, known: Known): CustomFieldOperation {
  const { field, value } = operation;
  const key = `custom.${field}`;
  const reference = referenceToField(key, known);
  return {
    ...operation,
    field: reference === key ? field : asArgument(reference, field),
    ...(value && { value: value.map((one) => personOr(one, field, known)) }),
  };
}

function personOr(value: string, field: string, known: Known): string {
  switch (itemById(known.customFields, field)?.type) {
    case "user":
      return asArgument(referenceToUser(value, known), value);
    case "contact":
      return asArgument(referenceToContact(value, known), value);
    default:
      return value;
  }
}
