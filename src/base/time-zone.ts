import { tzOffset } from "@date-fns/tz";

/** Whether `name` is an IANA time zone that this machine knows, such as `America/New_York`. */
export function isTimeZone(name: string): boolean {
  // Newer runtimes also accept bare offsets such as "+05:30", which know no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

let ownTimeZone: string | undefined;

/** The machine's own IANA time zone, as it is when first asked for. */
export function machineTimeZone(): string {
  ownTimeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ownTimeZone;
}

/**
 * The zone's offset at that moment in hours east of UTC, daylight saving included: what Close expects in
 * `x-tz-offset` (Close's documentation). New York in summer is -4, Kathmandu 5.75.
 */
export function offsetHours(timeZone: string, at: Date): number {
  return offsetMinutes(timeZone, at) / 60;
}

/** The calendar day, `YYYY-MM-DD`, that it is in the zone at that moment. */
export function dayIn(timeZone: string, at: Date): string {
  return new Date(at.getTime() + offsetMinutes(timeZone, at) * 60_000).toISOString().slice(0, 10);
}

let latest = { timeZone: "", minute: Number.NaN, offset: 0 };

/** Several requests ask the same in a row: offsets change on a full minute. */
function offsetMinutes(timeZone: string, at: Date): number {
  const minute = Math.floor(at.getTime() / 60_000);
  if (latest.timeZone !== timeZone || latest.minute !== minute) {
    latest = { timeZone, minute, offset: tzOffset(timeZone, at) };
  }
  return latest.offset;
}
