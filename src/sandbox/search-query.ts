import type { Condition, Field, ObjectType, Query } from "./search-body.ts";
import { type Read, Refused, statusType, text, valuePeriod } from "./values.ts";
import { matchesText, type TextMode } from "./words.ts";

/** What a query is asked of: a lead or an opportunity as it is answered. */
export type Candidate = { type: ObjectType; answer: Record<string, unknown> };
type Test = (candidate: Candidate) => boolean;

const textFields: Record<ObjectType, readonly string[]> = {
  lead: ["display_name", "name"],
  opportunity: ["note"],
};

const termFields: Record<ObjectType, ReadonlyMap<string, Read<string>>> = {
  lead: new Map(),
  opportunity: new Map<string, Read<string>>([
    ["status_type", statusType],
    ["value_period", valuePeriod],
  ]),
};

/** With the `reference_type` of each: those of users and statuses as clients send them, the others by analogy. */
const referenceFields: Record<ObjectType, ReadonlyMap<string, string>> = {
  lead: new Map(),
  opportunity: new Map([
    ["lead_id", "lead"],
    ["contact_id", "contact"],
    ["user_id", "user_or_group"],
    ["status_id", "status.opportunity"],
  ]),
};

/** What the query is about: the object type that everything it matches is of. */
export function searchedType(query: Query): ObjectType | undefined {
  if (query.negate) return undefined;
  if (query.type === "object_type") return query.object_type;
  if (query.type !== "and") return undefined;
  return query.queries.map(searchedType).find((type) => type !== undefined);
}

/** The test that a query stands for where it is asked of objects of this type. */
export function testOf(query: Query, type: ObjectType, candidates: readonly Candidate[]): Test {
  const test = affirmed(query, type, candidates);
  return query.negate ? (candidate) => !test(candidate) : test;
}

function affirmed(query: Query, type: ObjectType, candidates: readonly Candidate[]): Test {
  switch (query.type) {
    case "and":
    case "or": {
      const tests = query.queries.map((one) => testOf(one, type, candidates));
      return query.type === "and"
        ? (candidate) => tests.every((test) => test(candidate))
        : (candidate) => tests.some((test) => test(candidate));
    }
    case "match_all":
      return () => true;
    case "object_type":
      return (candidate) => candidate.type === query.object_type;
    case "id":
      return ({ answer }) => answer.id === query.value;
    case "text":
      return hasText(textFields[type], query);
    case "field_condition":
      requireType(query.field.object_type, type);
      return meets(query.field, query.condition);
    case "has_related": {
      requireType(query.this_object_type, type);
      if (query.related_object_type === type) throw new Refused(`A ${type} has no related ${type}.`);
      const test = testOf(query.related_query, query.related_object_type, candidates);
      return (candidate) => candidates.some((other) => areRelated(candidate, other) && test(other));
    }
  }
}

export function requireType(named: ObjectType, type: ObjectType): void {
  if (named !== type) throw new Refused(`A condition on a ${named} is asked of a ${type}.`);
}

function areRelated(one: Candidate, other: Candidate): boolean {
  return one.type === "lead"
    ? other.type === "opportunity" && other.answer.lead_id === one.answer.id
    : other.type === "lead" && one.answer.lead_id === other.answer.id;
}

function meets({ object_type, field_name }: Field, condition: Condition): Test {
  switch (condition.type) {
    case "text":
      if (!textFields[object_type].includes(field_name)) throw unfit(field_name, condition.type);
      return hasText([field_name], condition);
    case "term": {
      const read = termFields[object_type].get(field_name);
      if (read === undefined) throw unfit(field_name, condition.type);
      const terms = new Set<unknown>(condition.values.map(read));
      return ({ answer }) => terms.has(answer[field_name]);
    }
    case "reference": {
      if (referenceFields[object_type].get(field_name) !== condition.reference_type) {
        throw unfit(field_name, `${condition.reference_type} reference`);
      }
      const objects = new Set<unknown>(condition.object_ids);
      return ({ answer }) => objects.has(answer[field_name]);
    }
  }
}

function unfit(fieldName: string, condition: string): Refused {
  return new Refused(`${fieldName} is no field for a ${condition} condition.`);
}

function hasText(fields: readonly string[], { mode, value }: { mode: TextMode; value: string }): Test {
  return ({ answer }) => fields.some((field) => matchesText(text(answer[field]), mode, value));
}
