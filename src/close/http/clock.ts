import type { Log } from "../../base/log.ts";
import type { Answer } from "./transport.ts";

/** Clocks that are further apart, in milliseconds, are said to be. */
const maxApartMs = 180_000;

/** Close's clock, by which it dates a win, as far as the `Date` of its answers tells; until then this machine's. */
export function createClock(log: Log) {
  let aheadMs = 0;
  let isLogged = false;

  /** A sentence, if this machine's clock is off by more than a few minutes. */
  function fault(): string | undefined {
    if (Math.abs(aheadMs) <= maxApartMs) return undefined;
    const minutes = Math.round(Math.abs(aheadMs) / 60_000);
    const distance = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
    return `This machine's clock is ${distance} ${aheadMs > 0 ? "behind" : "ahead of"} Close's, which decides which day is today.`;
  }

  return {
    now: () => new Date(Date.now() + aheadMs),
    fault,
    /** Takes in an answer that has just arrived. Its `Date` is a whole second, in which it was made, after it was asked for. */
    heed({ headers, sentAt }: Pick<Answer, "headers" | "sentAt">): void {
      const least = Date.parse(headers.date ?? "") - Date.now();
      if (Number.isNaN(least)) return;
      aheadMs = Math.min(Math.max(aheadMs, least), least + 1_000 + performance.now() - sentAt);
      const problem = fault();
      if (problem === undefined || isLogged) return;
      isLogged = true;
      log("warn", "the clocks differ", { problem, remedy: "set this machine's clock" });
    },
  };
}
