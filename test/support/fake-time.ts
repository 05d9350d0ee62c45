import { vi } from "vitest";

/** From here on, time passes by `vi.advanceTimersByTimeAsync` only. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
}
