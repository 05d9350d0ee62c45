import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ageOf, moment } from "../../src/base/moment.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

/** Sets the wall clock alone. */
const setWall = (byMs: number) => vi.setSystemTime(Date.now() + byMs);

test("a moment is as old as the time that has passed since", () => {
  const then = moment();
  vi.advanceTimersByTime(240);
  expect(ageOf(then)).toBe(240);
  expect(ageOf(moment(300))).toBe(300);
});

test("a moment before the machine slept, or the wall clock was set forward, is as old as that clock says", () => {
  const then = moment();
  vi.advanceTimersByTime(10);
  setWall(3_600_000);
  expect(ageOf(then)).toBe(3_600_010);
});

test("a moment before the wall clock was set back counts as old, however short ago it was", () => {
  const then = moment();
  vi.advanceTimersByTime(10);
  setWall(-60_000);
  expect(ageOf(then)).toBe(Number.POSITIVE_INFINITY);
});

test("a moment is as old as the steady clock says, though the wall clock was set back by less than that", () => {
  const then = moment();
  vi.advanceTimersByTime(10_000);
  setWall(-9_900);
  expect(ageOf(then)).toBe(10_000);
});
