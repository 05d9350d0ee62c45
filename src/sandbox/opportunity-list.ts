import { opportunityAnswer } from "./answers.ts";
import { byField, orderFields } from "./order.ts";
import type { Organization } from "./records.ts";
import { searchText } from "./search-text.ts";
import type { FieldErrors } from "./update.ts";
import { day, moment, type Read, Refused, statusType, text, valuePeriod } from "./values.ts";

type Answer = Record<string, unknown>;
type Test = (opportunity: Answer) => boolean;
/** What the value of a parameter asks for. */
type Filter = (value: string) => Test;

/** The filters of `GET /opportunity/` (Close's documentation). */
const filters = new Map<string, Filter>([
  ["lead_id", equal("lead_id")],
  ["user_id", equal("user_id")],
  ["user_id__in", among("user_id")],
  ["status_id", equal("status_id")],
  ["status_id__in", among("status_id")],
  ["status_label", equal("status_label")],
  ["status_type", equal("status_type", statusType)],
  ["status_type__in", among("status_type", statusType)],
  ["value_period", equal("value_period", valuePeriod)],
  ["date_won", equal("date_won", day)],
  ...ranges("date_won", day),
  ...ranges("date_created", moment),
  ...ranges("date_updated", moment),
  ["query", searchText],
]);

const others = new Set(["_order_by", "_limit", "_skip", "_fields"]);

/** Every opportunity that the parameters ask for, in the order they ask for, or what is wrong with them. */
export function listOpportunities(
  parameters: URLSearchParams,
  organization: Organization,
): Answer[] | FieldErrors {
  const errors: FieldErrors = new Map();
  const tests: Test[] = [];
  for (const [name, value] of parameters) {
    try {
      if (parameters.getAll(name).length > 1) throw new Refused("Given more than once.");
      const filter = filters.get(name);
      if (filter !== undefined) tests.push(filter(value));
      else if (!others.has(name)) throw new Refused("Unknown parameter.");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      errors.set(name, error.message);
    }
  }
  const [, minus, field = ""] = /^(-?)(.*)$/.exec(parameters.get("_order_by") ?? "-date_updated") ?? [];
  if (!orderFields.includes(field)) errors.set("_order_by", "Not a valid choice.");
  if (errors.size > 0) return errors;

  return [...organization.opportunities.values()]
    .map((opportunity) => opportunityAnswer(opportunity, organization))
    .filter((opportunity) => tests.every((test) => test(opportunity)))
    .sort(byField(field, minus ? "desc" : "asc"));
}

function equal(field: string, read: Read<string> = text): Filter {
  return (value) => {
    const wanted = read(value);
    return ({ [field]: actual }) => actual === wanted;
  };
}

function among(field: string, read: Read<string> = text): Filter {
  return (value) => {
    const wanted = new Set<unknown>(value.split(",").map(read));
    return ({ [field]: actual }) => wanted.has(actual);
  };
}

/** Compares as text, which `read` makes comparable; an empty field is in no range. */
function ranges(field: string, read: Read<string>): [string, Filter][] {
  const inRange =
    (holds: (actual: string, limit: string) => boolean): Filter =>
    (value) => {
      const limit = read(value);
      return ({ [field]: actual }) => actual !== null && holds(read(actual), limit);
    };
  return [
    [`${field}__gte`, inRange((actual, limit) => actual >= limit)],
    [`${field}__gt`, inRange((actual, limit) => actual > limit)],
    [`${field}__lte`, inRange((actual, limit) => actual <= limit)],
    [`${field}__lt`, inRange((actual, limit) => actual < limit)],
  ];
}
