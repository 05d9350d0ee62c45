import { setMaxListeners } from "node:events";
import { Failure, type FailureReport } from "./failure.ts";

/** A signal, and what aborts it at once. */
export type TimeLimit = { signal: AbortSignal; end: (reason?: unknown) => void };

/**
 * A signal that aborts with the other, by itself once the time is over, or when it is ended. It holds no process alive.
 *
 * Not `AbortSignal.any` of an `AbortSignal.timeout`: nothing holds on to such a timeout, so that it may be
 * garbage-collected before its time is over, and then never aborts.
 */
export function timeLimit(signal: AbortSignal, milliseconds: number): TimeLimit {
  const ending = new AbortController();
  // As many listen to it as requests are on their way.
  setMaxListeners(0, ending.signal);
  const end = (reason?: unknown) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", endWithSignal);
    ending.abort(reason);
  };
  const endWithSignal = () => end(signal.reason);
  const timer = setTimeout(end, milliseconds);
  timer.unref();
  signal.addEventListener("abort", endWithSignal);
  if (signal.aborted || milliseconds <= 0) endWithSignal();
  return { signal: ending.signal, end };
}

/** The signal of such a limit, which ends with the other signal at the latest. */
export function withTimeLimit(signal: AbortSignal, milliseconds: number): AbortSignal {
  return timeLimit(signal, milliseconds).signal;
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

/** A promise, and what resolves it. */
export type Gate = { promise: Promise<void>; resolve: () => void };

/** A promise that resolves when it is told to. */
export function gate(): Gate {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
