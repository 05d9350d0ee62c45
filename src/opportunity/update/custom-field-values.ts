import { z } from "zod/v3";
import { parseJson } from "../../base/json.ts";
import { quote } from "../../base/text.ts";
import type { CustomField, Lookup, User } from "../../organization/lists.ts";
import {
  byName,
  didYouMean,
  isUserId,
  listed,
  named,
  type Resolution,
  userNaming,
} from "../../organization/names.ts";
import { isNumeric, listOf } from "../compare.ts";
import { isDay } from "../opportunity.ts";

/** Hosts send nested lists as JSON text: such text is a list, unless it is itself a choice. */
export function severalValues(value: unknown, { choices }: CustomField): readonly unknown[] {
  if (typeof value !== "string" || !value.trimStart().startsWith("[") || choices?.includes(value)) {
    return listOf(value);
  }
  return z.array(z.string()).safeParse(parseJson(value)).data ?? [value];
}

/** One value in the form and spelling that Close takes for a field of this type. */
export function convert(value: unknown, field: CustomField, users: Lookup<User>): Resolution<unknown> {
  const about = quote(field.name);
  const text = String(value);
  switch (field.type) {
    case "number":
      if (isNumeric(text) && isKeptExactly(text)) return { found: Number(text) };
      return {
        problem:
          isNumeric(text) && Number.isFinite(Number(text))
            ? `${about}: ${quote(String(value))} cannot be kept exactly`
            : `${about} takes a number, not ${quote(String(value))}`,
      };
    case "date":
      return isDay(text)
        ? { found: text }
        : { problem: `${about} takes a day of the calendar as YYYY-MM-DD, not ${quote(String(value))}` };
    case "datetime":
      return z.string().datetime({ offset: true }).safeParse(text).success
        ? { found: text }
        : {
            problem: `${about} takes a date and time with its offset, such as 2026-06-27T22:00:00-08:00, not ${quote(String(value))}`,
          };
    case "choices":
      return convertChoice(text, field);
    case "user": {
      if (isUserId(text)) return { found: text };
      const user = byName(users, text, userNaming);
      if ("found" in user) return { found: user.found.id };
      return "problem" in user ? { problem: `${about}: ${user.problem}` } : user;
    }
    case "contact":
      return /^cont_[A-Za-z0-9]+$/.test(text)
        ? { found: text }
        : { problem: `${about} takes a contact's cont_… id, not ${quote(String(value))}` };
    default:
      return { found: text };
  }
}

/** Numbers are kept with 15 significant digits at least; more, or an exponent past all bounds, would be changed. */
function isKeptExactly(text: string): boolean {
  const number = Number(text);
  const digits = text
    .replace(/e.*$/i, "")
    .replace(/\D/g, "")
    .replace(/^0+|0+$/g, "");
  const isExact = digits.length <= 15 || Number.isSafeInteger(number);
  return Number.isFinite(number) && isExact && (number === 0) === (digits === "");
}

function convertChoice(text: string, { name, choices }: CustomField): Resolution<unknown> {
  if (!choices) return { found: text };
  const [choice, ...others] = named(choices, text, (candidate) => candidate);
  if (choice !== undefined && others.length === 0) return { found: choice };
  if (choice !== undefined) {
    return {
      problem: `${quote(text)} is ambiguous in ${quote(name)}: ${listed([choice, ...others])}`,
    };
  }
  return {
    problem: `${quote(text)} is not a choice of ${quote(name)}.${didYouMean(text, choices)} Choices: ${listed(choices)}`,
  };
}
