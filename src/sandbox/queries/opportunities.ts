import type { Organization } from "../data/records.ts";
import { opportunityAnswer } from "../rules/answers.ts";
import type { FieldErrors } from "../rules/update.ts";
import { day, type Read, Refused, statusType, text } from "../rules/values.ts";

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

/** What the parameters ask for, in the order they ask for, and the totals of all of it whatever the page. */
export type Listing = { opportunities: Answer[]; totals: Answer };

/** Every opportunity that the parameters ask for, or what is wrong with the parameters. */
export function listOpportunities(
  parameters: URLSearchParams,
  organization: Organization,
): Listing | FieldErrors {
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

  const fields = parameters.get("_fields") ?? undefined;
  const found = [...organization.opportunities.values()]
    .map((opportunity) => opportunityAnswer(opportunity, organization))
    .filter((opportunity) => tests.every((test) => test(opportunity)))
    .sort(order);
  return {
    opportunities: found.map((opportunity) => withFields(opportunity, fields)),
    totals: totalsOf(found),
  };
}

/** The sums that every list answer holds (Close's documentation); in cents, as values are. */
function totalsOf(found: readonly Answer[]): Answer {
  const periods = ["one_time", "monthly", "annual"];
  const of = (period: string) => found.filter(({ value_period }) => value_period === period);
  const sum = (list: readonly Answer[], field: string) =>
    list.reduce((total, { [field]: value }) => total + (typeof value === "number" ? value : 0), 0);
  const sums = (name: string, field: string) =>
    Object.fromEntries(periods.map((period) => [`${name}_${period}`, sum(of(period), field)]));
  return {
    total_results: found.length,
    count_by_value_period: Object.fromEntries(periods.map((period) => [period, of(period).length])),
    ...sums("total_value", "value"),
    total_value_annualized: sum(found, "annualized_value"),
    ...sums("expected_value", "expected_value"),
    expected_value_annualized: sum(found, "annualized_expected_value"),
  };
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

/** Only the fields that `_fields` names, joined by commas (Close's documentation); all of them if it is not given. */
export function withFields(answer: Answer, fields: string | undefined): Answer {
  const names = fields?.split(",");
  return Object.fromEntries(Object.entries(answer).filter(([key]) => names?.includes(key) ?? true));
}

/** What `_order_by` takes (Close's documentation), each with a leading minus too. */
const orderFields = [
  "date_won",
  "date_updated",
  "date_created",
  "confidence",
  "user_name",
  "value",
  "annualized_value",
  "annualized_expected_value",
];

/**
 * The order of answers that `_order_by` asks for; those in which its field is empty come last in both
 * directions. Undefined if it asks for none that there is.
 */
function readOrder(asked: string): ((one: Answer, other: Answer) => number) | undefined {
  const field = asked.replace(/^-/, "");
  if (!orderFields.includes(field)) return undefined;
  const sign = field === asked ? 1 : -1;
  return ({ [field]: one }, { [field]: other }) => {
    if (isEmpty(one) || isEmpty(other)) return Number(isEmpty(one)) - Number(isEmpty(other));
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * compareTexts(String(one), String(other));
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/**
 * The part of Close's search text that the sandbox understands: plain words, each of which the note or the
 * lead's name holds, and `note:word`. Of the rest of the language (other fields, quotes, brackets) it refuses
 * what it sees.
 */
function searchText(query: string): (opportunity: Record<string, unknown>) => boolean {
  const terms = query.split(/\s+/).filter(Boolean).map(readTerm);
  return (opportunity) =>
    terms.every(({ fields, word }) => fields.some((field) => holds(opportunity[field], word)));
}

function readTerm(term: string): { fields: string[]; word: string } {
  const [, field, word = ""] = /^(?:(\w+):)?([^"():]+)$/.exec(term) ?? [];
  if (word === "" || (field !== undefined && field !== "note")) {
    throw new Refused(`The sandbox does not understand ${term}.`);
  }
  return { fields: field === undefined ? ["note", "lead_name"] : [field], word: word.toLowerCase() };
}

function holds(value: unknown, word: string): boolean {
  return value !== null && text(value).toLowerCase().includes(word);
}
