import { opportunityAnswer } from "./answers.ts";
import { readOrder } from "./order.ts";
import type { Organization } from "./records.ts";
import { searchText } from "./search-text.ts";
import type { FieldErrors } from "./update.ts";
import { day, type Read, Refused, statusType, text } from "./values.ts";

type Answer = Record<string, unknown>;
/** The test that the value of a parameter asks for. */
type Filter = (value: string) => (opportunity: Answer) => boolean;

/** The filters of `GET /opportunity/` (Close's documentation) that the tools send. */
const filters = new Map<string, Filter>([
  ["lead_id", equal("lead_id")],
  ["query", searchText],
  ["status_id", equal("status_id")],
  ["status_id__in", among("status_id")],
  ["status_type", equal("status_type", statusType)],
  ["user_id", equal("user_id")],
  ["date_won__gte", dateWon((actual, limit) => actual >= limit)],
  ["date_won__lte", dateWon((actual, limit) => actual <= limit)],
]);

const others = new Set(["_order_by", "_limit", "_skip", "_fields"]);

/** Every opportunity that the parameters ask for, in the order they ask for, or what is wrong with them. */
export function listOpportunities(
  parameters: URLSearchParams,
  organization: Organization,
): Answer[] | FieldErrors {
  const errors: FieldErrors = new Map();
  const tests: ReturnType<Filter>[] = [];
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
  const order = readOrder(parameters.get("_order_by") ?? "-date_updated");
  if (order === undefined) errors.set("_order_by", "Not a valid choice.");
  if (errors.size > 0) return errors;

  const fields = parameters.get("_fields")?.split(",");
  return [...organization.opportunities.values()]
    .map((opportunity) => opportunityAnswer(opportunity, organization))
    .filter((opportunity) => tests.every((test) => test(opportunity)))
    .sort(order)
    .map((opportunity) => (fields === undefined ? opportunity : withFields(opportunity, fields)));
}

function equal(field: string, read: Read<string> = text): Filter {
  return (value) => {
    const wanted = read(value);
    return ({ [field]: actual }) => actual === wanted;
  };
}

function among(field: string): Filter {
  return (value) => {
    const wanted = new Set<unknown>(value.split(","));
    return ({ [field]: actual }) => wanted.has(actual);
  };
}

/** An opportunity without the date is in no range. */
function dateWon(holds: (actual: string, limit: string) => boolean): Filter {
  return (value) => {
    const limit = day(value);
    return ({ date_won }) => date_won !== null && holds(text(date_won), limit);
  };
}

/** Only the fields that `_fields` names (Close's documentation). */
function withFields(answer: Answer, names: readonly string[]): Answer {
  return Object.fromEntries(Object.entries(answer).filter(([key]) => names.includes(key)));
}
