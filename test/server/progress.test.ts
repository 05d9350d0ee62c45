import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { progressReporter } from "../../src/server/progress.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const limit = "Close's rate limit";

function watched() {
  const progress: number[] = [];
  const messages: (string | undefined)[] = [];
  const reporter = progressReporter(
    "token",
    async ({ params }) => {
      progress.push(params.progress);
      messages.push(params.message);
    },
    () => {},
  );
  return { ...reporter, progress, messages };
}

const waiting = (seconds: string, reason = limit) => `Waiting ${seconds} seconds because of ${reason}`;

describe("a wait is reported", () => {
  test("once for all that wait for the same thing at the same time, and again if there is another one after it", () => {
    const { onWait, messages } = watched();
    for (let passed = 0; passed < 800; passed += 50) {
      onWait(limit, 800 - passed);
      vi.advanceTimersByTime(50);
    }
    onWait(limit, 900);
    onWait(limit, 900);
    expect(messages).toEqual([waiting("0.8"), waiting("0.9")]);
  });

  test("again if it turns out to be much longer, and for each reason", () => {
    const { onWait, messages } = watched();
    for (const milliseconds of [800, 20_000, 800]) onWait(limit, milliseconds);
    onWait("an answer with 503", 250);
    expect(messages).toEqual([waiting("0.8"), waiting("20.0"), waiting("0.3", "an answer with 503")]);
  });
});

test("progress grows with every notification, among work that is counted as well", () => {
  const { onWait, onProgress, progress } = watched();
  onWait(limit, 800);
  onProgress(1, 3, "one of three");
  onWait(limit, 5_000);
  onProgress(2, 3, "two of three");
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(new Set(progress).size).toBe(4);
});
