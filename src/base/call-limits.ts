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

/** Ends the call so many milliseconds early, if it has a deadline: that leaves time for reading the record back. */
export function reserving<C extends CallLimits>(call: C, milliseconds: number): C {
  if (call.deadline === undefined) return call;
  const deadline = call.deadline - milliseconds;
  const known = endedEarly.get(call.signal);
  const { signal } = known?.deadline === deadline ? known : timeLimit(call.signal, deadline - performance.now());
  endedEarly.set(call.signal, { deadline, signal });
  return { ...call, deadline, signal };
}

/** One for all updates of a call: two hundred listeners to its signal would slow it down. */
const endedEarly = new WeakMap<AbortSignal, { deadline: number; signal: AbortSignal }>();

/** Whether the call's time would be used up after a wait of this many milliseconds. */
export function isTooLong(milliseconds: number, { deadline }: CallLimits): boolean {
  return deadline !== undefined && performance.now() + milliseconds > deadline;
}
