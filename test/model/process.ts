import { timersPromises } from "../support/timers-promises.ts";

/** A process of the program. Once it is killed it does nothing any more. */
export type Process = ReturnType<typeof newProcess>;

export function newProcess() {
  let end = () => {};
  const killed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const life = {
    isKilled: false,
    killed,
    kill() {
      life.isKilled = true;
      end();
    },
    /** What comes of it, for the program: nothing once the process is killed. */
    alive<T>(promise: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        promise.then(
          (value) => life.isKilled || resolve(value),
          (error: unknown) => life.isKilled || reject(error),
        );
      });
    },
  };
  return life;
}

/**
 * Makes the timers in use ones that do not fire for a process that has been killed.
 * @param current the process that makes a timer; undefined for all that is no process of the program.
 */
export function stopTimersOfTheKilled(current: () => Process | undefined): void {
  const { setTimeout: later, setInterval: again, clearInterval: stop } = globalThis;
  const ofLiving = (work: () => void) => {
    const process = current();
    return () => {
      if (!process?.isKilled) work();
    };
  };
  Object.assign(globalThis, {
    setTimeout: (work: (value?: unknown) => void, milliseconds: number, value?: unknown) =>
      later(
        ofLiving(() => work(value)),
        milliseconds,
      ),
    setInterval(work: (value?: unknown) => void, milliseconds: number, value?: unknown) {
      const process = current();
      const timer = again(() => (process?.isKilled ? stop(timer) : work(value)), milliseconds);
      return timer;
    },
  });
  Object.assign(globalThis.process.getBuiltinModule("node:timers/promises"), timersPromises);
}
