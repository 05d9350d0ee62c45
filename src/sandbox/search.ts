import { leadAnswer, opportunityAnswer } from "./answers.ts";
import { withFields } from "./field-selection.ts";
import { byField, type Compare, inTurn, orderFields } from "./order.ts";
import type { Organization } from "./records.ts";
import { type ObjectType, readSearchBody, type SearchBody } from "./search-body.ts";
import { type Candidate, requireType, searchedType, testOf } from "./search-query.ts";
import type { FieldErrors } from "./update.ts";
import { Refused } from "./values.ts";

const sortFields: Record<ObjectType, readonly string[]> = {
  lead: ["display_name", "name"],
  opportunity: orderFields,
};

/**
 * Advanced filtering, `POST /data/search/` (Close's documentation): a page of the leads or of the opportunities
 * that the query describes, or what is wrong with the request.
 */
export function search(
  sent: Record<string, unknown>,
  organization: Organization,
): Record<string, unknown> | FieldErrors {
  const body = readSearchBody(sent);
  if (body instanceof Map) return body;

  const candidates: Candidate[] = [
    ...organization.leads.map((lead) => ({ type: "lead", answer: leadAnswer(lead, organization) }) as const),
    ...[...organization.opportunities.values()].map(
      (opportunity) =>
        ({ type: "opportunity", answer: opportunityAnswer(opportunity, organization) }) as const,
    ),
  ];
  const errors: FieldErrors = new Map();
  const type = searchedType(body.query);
  if (type === undefined) {
    return errors.set("query", "An object_type has to say what is searched for.");
  }
  const test = inField("query", errors, () => testOf(body.query, type, candidates));
  const compare = inField("sort", errors, () => inTurn(body.sort.map((key) => compareBy(key, type))));
  const start = inField("cursor", errors, () => offsetOf(body.cursor));
  inField("_fields", errors, () => checkFields(body._fields, candidates));
  if (test === undefined || compare === undefined || start === undefined || errors.size > 0) return errors;

  const all = candidates
    .filter(test)
    .map(({ answer }) => answer)
    .sort(compare);
  const limited = all.slice(0, body.results_limit ?? all.length);
  const end = start + body._limit;
  return {
    data: limited.slice(start, end).map((answer) => ({
      __object_type: type,
      ...withFields(answer, ["id", ...body._fields[type]]),
    })),
    cursor: end < limited.length ? cursorOf(end) : null,
    ...(body.include_counts && { count: { limited: limited.length, total: all.length } }),
  };
}

function inField<Value>(field: string, errors: FieldErrors, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    errors.set(field, error.message);
    return undefined;
  }
}

function compareBy(
  { field, direction }: SearchBody["sort"][number],
  type: ObjectType,
): Compare<Record<string, unknown>> {
  requireType(field.object_type, type);
  if (!sortFields[type].includes(field.field_name)) {
    throw new Refused(`${field.field_name} is no field to sort by.`);
  }
  return byField(field.field_name, direction);
}

/** A field that no object of its type has is a mistake, unless there is no such object, or it is a custom field. */
function checkFields(fields: SearchBody["_fields"], candidates: readonly Candidate[]): void {
  for (const type of ["lead", "opportunity"] as const) {
    const example = candidates.find((candidate) => candidate.type === type);
    for (const name of fields[type]) {
      const isKnown =
        /^custom(\.|$)/.test(name) || example === undefined || Object.hasOwn(example.answer, name);
      if (!isKnown) throw new Refused(`A ${type} has no ${name}.`);
    }
  }
}

function cursorOf(offset: number): string {
  return Buffer.from(String(offset)).toString("base64url");
}

function offsetOf(cursor: string | null): number {
  if (cursor === null) return 0;
  const offset = Buffer.from(cursor, "base64url").toString();
  if (!/^\d+$/.test(offset)) throw new Refused("Not a cursor.");
  return Number(offset);
}
