import { tzOffset } from "@date-fns/tz";

const dayMs = 86_400_000;

/** Whether it is an IANA time zone that this machine knows, not an abbreviation (BST is several zones) or an offset. */
export function isTimeZone(name: string): boolean {
  if (!/^([A-Za-z_]+\/[A-Za-z0-9_+/-]+|UTC)$/i.test(name) || name.length > 100) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The machine's own IANA time zone; undefined if its settings name none. A TZ that the runtime cannot read, such as
 * `CET-1CEST,M3.5.0`, it takes for UTC in silence, and an abbreviation for any of the zones that it stands for.
 * @param setting the environment variable TZ.
 */
export function machineTimeZone(setting = "UTC"): string | undefined {
  const zone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === undefined || !isTimeZone(zone)) return undefined;
  const at = new Date();
  const isUnread = zone === "UTC" && !/^:?(Etc\/)?(UTC|UCT|GMT0?|Zulu|Universal|Greenwich)$/i.test(setting);
  return isUnread || offsetHours(zone, at) * 60 !== -at.getTimezoneOffset() ? undefined : zone;
}

/** The offset in hours east of UTC at that moment, as Close expects it in `x-tz-offset`. 0 for a zone that is not known. */
export function offsetHours(timeZone: string, at: Date): number {
  return (tzOffset(timeZone, at) || 0) / 60;
}

/** A moment in ISO 8601 for a person in the zone: `2026-11-30 20:20 (UTC-05:00)`. What is no moment stays as it is. */
export function localTime(moment: string, timeZone: string): string {
  const at = instantOf(moment);
  if (Number.isNaN(at)) return moment;
  const hours = offsetHours(timeZone, new Date(at));
  const local = new Date(at + hours * 3_600_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)} (UTC${hours === 0 ? "" : written(hours)})`;
}

/** Hours east of UTC as an offset is written: `-05:00`. */
function written(hours: number): string {
  return (hours < 0 ? "-" : "+") + new Date(Math.abs(hours) * 3_600_000).toISOString().slice(11, 16);
}

/** The calendar day, `YYYY-MM-DD`, that it is in the zone at that moment. */
export function dayIn(timeZone: string, at: Date): string {
  return new Date(at.getTime() + offsetHours(timeZone, at) * 3_600_000).toISOString().slice(0, 10);
}

/** The day that it is in a zone, and the first and last that it may be at midnight: no two clocks agree to the second. */
export type Today = { day: string; first: string; last: string; timeZone: string };

/** The day that it is in the zone at that moment. */
export function todayIn(timeZone: string, at: Date): Today {
  const [first = "", day = "", last = ""] = [-60_000, 0, 60_000].map((ms) =>
    dayIn(timeZone, new Date(at.getTime() + ms)),
  );
  return { day, first, last, timeZone };
}

/** The calendar day so many days later, or earlier; undefined outside the years 0 to 9999. */
export function daysAfter(day: string, days: number): string | undefined {
  const moved = new Date(Date.parse(day) + days * dayMs);
  const text = Number.isNaN(moved.getTime()) ? "" : moved.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 10) : undefined;
}

/** Whether a date and time in ISO 8601 names its offset. */
export function hasOffset(moment: string): boolean {
  return /(Z|[+-]\d\d(:?\d\d)?)$/i.test(moment);
}

/** A date and time in ISO 8601 with its offset: those of Close's event log have none and are in UTC (its documented example). */
export function inUtc(moment: string): string {
  return hasOffset(moment) ? moment : `${moment}Z`;
}

/** A moment in ISO 8601 in milliseconds, in UTC if it has no offset. NaN if it is none. */
export function instantOf(text: string): number {
  const [moment = ""] = momentsOf(text, "UTC") ?? [];
  return Date.parse(moment);
}

/**
 * The moments that a date and time in ISO 8601 can be, each as `2026-06-27T22:00:00-08:00`. Without an offset of its own it
 * has that of the zone: none if clocks are put forward over it, two if they are put back. Undefined if the text is none.
 */
export function momentsOf(text: string, timeZone: string): readonly string[] | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?(Z|([+-]\d\d)(?::?(\d\d))?)?$/i.exec(text.trim());
  const [, day, time, seconds = "00", fraction = "", offset, hours, minutes = "00"] = parts ?? [];
  const local = `${day}T${time}:${seconds}`;
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(local)) return undefined;
  if (offset !== undefined) {
    const moment = `${local}${fraction}${hours === undefined ? "Z" : `${hours}:${minutes}`}`;
    return Number.isNaN(Date.parse(moment)) ? undefined : [moment];
  }
  const offsets = new Set([-dayMs, dayMs].map((ms) => offsetHours(timeZone, new Date(asUtc + ms))));
  return [...offsets]
    .filter((east) => offsetHours(timeZone, new Date(asUtc - east * 3_600_000)) === east)
    .map((east) => `${local}${fraction}${written(east)}`);
}
