import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { reportingWaitsOnce } from "../../src/mcp/waits.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const limit = "Close's rate limit";

/** A call whose waits are reported once, and what was reported so far. */
function watched() {
  const reported: [string, number][] = [];
  const { signal } = new AbortController();
  const call = reportingWaitsOnce({
    signal,
    onWait: (reason, milliseconds) => reported.push([reason, milliseconds]),
  });
  return { wait: (reason: string, milliseconds: number) => call.onWait?.(reason, milliseconds), reported };
}

describe("a wait is reported", () => {
  test("once for all that wait for the same thing at the same time", () => {
    const { wait, reported } = watched();
    wait(limit, 800);
    for (let passed = 0; passed < 700; passed += 50) {
      wait(limit, 800 - passed);
      vi.advanceTimersByTime(50);
    }
    expect(reported).toEqual([[limit, 800]]);
  });

  test("again if there is another one after it", () => {
    const { wait, reported } = watched();
    wait(limit, 800);
    vi.advanceTimersByTime(800);
    wait(limit, 900);
    wait(limit, 900);
    expect(reported).toEqual([
      [limit, 800],
      [limit, 900],
    ]);
  });

  test("again if it turns out to be much longer", () => {
    const { wait, reported } = watched();
    wait(limit, 800);
    wait(limit, 20_000);
    wait(limit, 800);
    expect(reported).toEqual([
      [limit, 800],
      [limit, 20_000],
    ]);
  });

  test("for each reason that there is", () => {
    const { wait, reported } = watched();
    wait(limit, 800);
    wait("an answer with 503", 250);
    expect(reported).toEqual([
      [limit, 800],
      ["an answer with 503", 250],
    ]);
  });

  test("unless it is over before anybody has read of it", () => {
    const { wait, reported } = watched();
    wait(limit, 0.4);
    expect(reported).toEqual([]);
  });
});

test("a call that nobody watches is left as it is", () => {
  const call = { signal: new AbortController().signal };
  expect(reportingWaitsOnce(call)).toBe(call);
});
