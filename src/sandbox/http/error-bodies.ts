import type { FieldErrors } from "../rules/update.ts";
import type { Allowance } from "./rate-limit.ts";

/** The bodies of Close's error answers, in the shapes seen in recorded traffic and in clients. */

export const unauthorized = {
  error: "The server could not verify that you are authorized to access this URL with these credentials.",
};

export const noSuchOpportunity = { error: "Empty query: Opportunity matching query does not exist." };

export const noSuchLead = { error: "Empty query: Lead matching query does not exist." };

export const noSuchContact = { error: "Empty query: Contact matching query does not exist." };

export const noSuchPage = { error: "Not found." };

export const methodRefused = { error: "This method is not allowed here." };

export const bodyTooLarge = { error: "The request body is too large." };

export const notJson = { error: "The content type must be application/json." };

export const noJsonObject = { error: "The request body must be a JSON object." };

export const badOffset = { error: "The x-tz-offset header must be a UTC offset in hours." };

export function invalid(fieldErrors: FieldErrors): {
  errors: string[];
  "field-errors": Record<string, string>;
} {
  return { errors: [], "field-errors": Object.fromEntries(fieldErrors) };
}

export function badParameters(problems: FieldErrors): { error: string } {
  return { error: [...problems].map(([name, problem]) => `${name}: ${problem}`).join(" ") };
}

export function badPage(maxLimit: number): { error: string } {
  return { error: `_limit must be an integer from 0 to ${maxLimit}, and _skip one from 0.` };
}

export function rateLimited({ limit, reset }: Allowance) {
  return {
    error: {
      message: "Too many requests in this period.",
      rate_limit: limit,
      rate_limit_type: "key",
      rate_reset: reset,
    },
  };
}
