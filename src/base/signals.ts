import { setMaxListeners } from "node:events";
import { callEnded } from "./failure.ts";

/**
 * A signal that aborts with `signal`, after so many milliseconds, or on `end()`. Does not keep the process alive.
 *
 * Not `AbortSignal.any` of an `AbortSignal.timeout`: nothing holds on to such a timeout, so that it may be
 * garbage-collected before its time is over, and then never aborts.
 */
export function timeLimit(signal: AbortSignal, milliseconds: number) {
  const ending = new AbortController();
  // As many listen to it as requests are on their way.
  setMaxListeners(0, ending.signal);
  const end = (reason?: unknown) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", endWithSignal);
    ending.abort(reason);
  };
  const endWithSignal = () => end(signal.reason);
  const timer = setTimeout(end, milliseconds).unref();
  signal.addEventListener("abort", endWithSignal);
  if (signal.aborted || milliseconds <= 0) endWithSignal();
  return { signal: ending.signal, end };
}

/** Resolves as the promise does, or rejects with `callEnded` once the signal aborts. The work itself goes on. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal, during: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(callEnded(during));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
