import { timeLimit } from "./signals.ts";

/** How long a call may wait, and who hears of it. */
export type CallLimits = {
  signal: AbortSignal;
  /** When the call's time is used up, in milliseconds of `performance.now()`; without one it never is. */
  deadline?: number | undefined;
  /** Called before a wait, for a person who watches. */
  onWait?: ((reason: string, milliseconds: number) => void) | undefined;
  /** Called while something long is read, with how far that is, for a person who watches. */
  onStep?: ((message: string) => void) | undefined;
  /** Called when one of several pieces of the call's work is done, for a person who watches. */
  onProgress?: ((done: number, total: number, message: string) => void) | undefined;
};

/** The call with so many milliseconds left, if not fewer. */
export function limitedTo<C extends CallLimits>(call: C, milliseconds: number): C {
  const deadline = Math.min(call.deadline ?? Number.POSITIVE_INFINITY, performance.now() + milliseconds);
  return { ...call, deadline, signal: timeLimit(call.signal, deadline - performance.now()).signal };
}

/** Ends the call so many milliseconds early, if it has a deadline: that leaves time for reading the record back. */
export function reserving<C extends CallLimits>(call: C, milliseconds: number): C {
  return call.deadline === undefined ? call : limitedTo(call, call.deadline - performance.now() - milliseconds);
}

/** Whether the call's time would be used up after a wait of this many milliseconds. */
export function isTooLong(milliseconds: number, { deadline }: CallLimits): boolean {
  return deadline !== undefined && performance.now() + milliseconds > deadline;
}
