import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayIn, isTimeZone, machineTimeZone, offsetHours } from "../../src/base/time-zone.ts";

const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
const moments = fc.date({
  min: new Date("1990-01-01T00:00:00Z"),
  max: new Date("2050-01-01T00:00:00Z"),
  noInvalidDate: true,
});

/** The wall clock of a zone as the runtime's own tables have it. */
function wallClock(timeZone: string, at: Date): Date {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = new Map<string, string>(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: string) => parts.get(type) ?? "";
  const day = `${part("year")}-${part("month")}-${part("day")}`;
  return new Date(`${day}T${part("hour")}:${part("minute")}:${part("second")}Z`);
}

function wholeSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000);
}

describe("the offset of a zone at a moment", () => {
  test("is what the runtime's wall clock shows, in every zone and year", () => {
    fc.assert(
      fc.property(zones, moments, (zone, moment) => {
        const at = wholeSecond(moment);
        const east = (wallClock(zone, at).getTime() - at.getTime()) / 3_600_000;
        expect(offsetHours(zone, at)).toBe(east);
        // Plain decimal hours, which is what Close's header takes.
        expect(String(east)).toMatch(/^-?\d{1,2}(\.\d{1,2})?$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the day of a moment in a zone", () => {
  test("is the runtime's, in every zone and year", () => {
    fc.assert(
      fc.property(zones, moments, (zone, at) => {
        expect(dayIn(zone, at)).toBe(wallClock(zone, at).toISOString().slice(0, 10));
      }),
      { numRuns: 500 },
    );
  });
});

describe("the name of a time zone", () => {
  test("is accepted for every zone that the runtime knows, aliases included", () => {
    const known = [...Intl.supportedValuesOf("timeZone"), "UTC", "utc", "US/Eastern", "Asia/Katmandu"];
    expect(known.filter((zone) => !isTimeZone(zone))).toEqual([]);
  });

  test.each([
    "BST",
    "PST8PDT",
    "GMT",
    "",
    "Mars/Olympus",
    "+05:30",
    "GMT+5",
    "Foo+05:30",
    "constructor",
    "New York",
    "America/New_York\n",
  ])("is none: %j", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  test("is known for the machine itself", () => {
    expect(isTimeZone(machineTimeZone(process.env.TZ) ?? "")).toBe(true);
  });
});
