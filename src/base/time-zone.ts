import { tzOffset } from "@date-fns/tz";

/**
 * Whether `name` is an IANA time zone that this machine knows: `Area/Place`, such as `America/New_York`, or `UTC`.
 * Abbreviations such as BST are several zones at once, and bare offsets know no daylight saving.
 */
export function isTimeZone(name: string): boolean {
  if (!/^([A-Za-z_]+\/[A-Za-z0-9_+/-]+|UTC)$/i.test(name) || name.length > 100) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The machine's own IANA time zone; undefined if its settings, such as an empty TZ, name none. */
export function machineTimeZone(): string | undefined {
  const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone !== undefined && isTimeZone(zone) ? zone : undefined;
}

/**
 * The zone's offset at that moment in hours east of UTC, daylight saving included: what Close expects in
 * `x-tz-offset` (Close's documentation). New York in summer is -4, Kathmandu 5.75. Always a finite number: 0 for a
 * zone that is not known.
 */
export function offsetHours(timeZone: string, at: Date): number {
  return (tzOffset(timeZone, at) || 0) / 60;
}

/** A moment in ISO 8601 for a person in the zone: `2026-11-30 20:20 (UTC-05:00)`. What is no moment stays as it is. */
export function localTime(moment: string, timeZone: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return moment;
  const hours = offsetHours(timeZone, at);
  const local = new Date(at.getTime() + hours * 3_600_000).toISOString();
  const distance = new Date(Math.abs(hours) * 3_600_000).toISOString().slice(11, 16);
  const offset = hours === 0 ? "" : (hours < 0 ? "-" : "+") + distance;
  return `${local.slice(0, 10)} ${local.slice(11, 16)} (UTC${offset})`;
}

/** The calendar day, `YYYY-MM-DD`, that it is in the zone at that moment. */
export function dayIn(timeZone: string, at: Date): string {
  return new Date(at.getTime() + offsetHours(timeZone, at) * 3_600_000).toISOString().slice(0, 10);
}
