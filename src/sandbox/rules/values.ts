import type { StatusType, ValuePeriod } from "../data/records.ts";
import { isDay } from "./time.ts";

/** A value that a field refuses; the message is what Close answers for the field. */
export class InvalidValue extends Error {}

export type Read<Value> = (value: unknown) => Value;

export const integer: Read<number> = (value) => {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new InvalidValue("Value must be of int type.");
  return value;
};

export const percentage: Read<number> = (value) => {
  const percent = integer(value);
  if (percent < 0 || percent > 100) throw new InvalidValue("Value must be between 0 and 100.");
  return percent;
};

export const number: Read<number> = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new InvalidValue("Value must be a number.");
  return value;
};

export const text: Read<string> = (value) => {
  if (typeof value !== "string") throw new InvalidValue("Value must be of str type.");
  return value;
};

export const day: Read<string> = (value) => {
  if (!isDay(text(value))) throw new InvalidValue("Value must be a date of the form YYYY-MM-DD.");
  return text(value);
};

export const statusType = oneOf<StatusType>("active", "won", "lost");

export const valuePeriod = oneOf<ValuePeriod>("one_time", "monthly", "annual");

/** Restricted XHTML in a `<body>` (Close's documentation). */
export const body: Read<string> = (value) => {
  if (!/^<body>.*<\/body>$/s.test(text(value))) throw new InvalidValue("Value must be wrapped in <body>…</body>.");
  return text(value);
};

export function oneOf<Choice>(...choices: Choice[]): Read<Choice> {
  return (value) => {
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw new InvalidValue("Not a valid choice.");
    return choice;
  };
}

/** The id of one of the records. */
export function idAmong(records: readonly { id: string }[]): Read<string> {
  return (value) => {
    const found = records.find((record) => record.id === value);
    if (found === undefined) throw new InvalidValue("Object does not exist.");
    return found.id;
  };
}

export function orNull<Value>(read: Read<Value>): Read<Value | null> {
  return (value) => (value === null ? null : read(value));
}
