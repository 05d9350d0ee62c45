/** A moment as Close writes it: 2026-06-19T12:06:03.159000+00:00 */
export function timestamp(moment: Date): string {
  return moment.toISOString().replace("Z", "000+00:00");
}

/** The day (YYYY-MM-DD) that it is at an offset of hours east of UTC. */
export function dayAt(moment: Date, offsetHours: number): string {
  return new Date(moment.getTime() + offsetHours * 3_600_000).toISOString().slice(0, 10);
}

/**
 * The `x-tz-offset` header (Close's documentation): decimal hours east of UTC, UTC if it is omitted.
 * Undefined if no clock has such an offset.
 */
export function parseOffset(header: string | undefined): number | undefined {
  if (header === undefined) return 0;
  if (!/^[+-]?\d{1,2}(\.\d+)?$/.test(header)) return undefined;
  const hours = Number(header);
  return hours >= -12 && hours <= 14 ? hours : undefined;
}

/** Is it a day of the calendar, as YYYY-MM-DD? */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/**
 * A date and time in ISO 8601 (in UTC if it names no zone) as Close answers it in a custom field (recorded
 * traffic): in UTC, to the second. Undefined if it is none.
 */
export function normalizeDatetime(text: string): string | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  const moment = new Date(parts?.[2] === undefined ? `${text}Z` : text);
  if (!isDay(parts?.[1] ?? "") || Number.isNaN(moment.getTime())) return undefined;
  return `${moment.toISOString().slice(0, 19)}+00:00`;
}
