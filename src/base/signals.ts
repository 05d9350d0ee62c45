import { setMaxListeners } from "node:events";
import { Failure, type FailureReport } from "./failure.ts";

/**
 * A signal that aborts with the other, and by itself once the time is over. It holds no process alive.
 *
 * Not `AbortSignal.any` of an `AbortSignal.timeout`: nothing holds on to such a timeout, so that it may be
 * garbage-collected before its time is over, and then never aborts.
 */
export function withTimeLimit(signal: AbortSignal, milliseconds: number): AbortSignal {
  const ending = new AbortController();
  // As many listen to it as requests are on their way.
  setMaxListeners(0, ending.signal);
  const end = () => {
    clearTimeout(timer);
    ending.abort(signal.reason);
  };
  const timer = setTimeout(end, milliseconds);
  timer.unref();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted || milliseconds <= 0) end();
  return ending.signal;
}

/** The promise, unless the signal aborts first: then it rejects with this failure. What was promised goes on. */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  failure: FailureReport,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Failure(failure));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
