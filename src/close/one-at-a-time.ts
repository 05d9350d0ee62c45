import { raceAbort } from "../base/signals.ts";

/** Runs pieces of work that share a key one after the other, in the order they came, and all others side by side. */
export type OneAtATime = ReturnType<typeof oneAtATime>;

/** A queue for each key, which exists only as long as anyone is in it. */
export function oneAtATime() {
  /** By key: resolves once everyone who has come so far is done. */
  const queues = new Map<string, Promise<unknown>>();
  return {
    /**
     * Waits for its turn, then works. The signal ends the waiting; work that has begun has to watch it by itself.
     * @throws Failure if the signal aborts before its turn comes.
     */
    run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
      const ahead = queues.get(key) ?? Promise.resolve();
      const result = raceAbort(ahead, signal, gaveUp).then(work);
      // A waiter that gives up must not let its successor jump the queue.
      const queue = Promise.allSettled([ahead, result]).then(() => {
        if (queues.get(key) === queue) queues.delete(key);
      });
      queues.set(key, queue);
      return result;
    },
    /** How many keys someone works on or waits for. */
    get size() {
      return queues.size;
    },
  };
}

const gaveUp = {
  problem:
    "Nothing was sent: the call's time was used up, or it was cancelled, while another update of this opportunity was running.",
  record: "unchanged",
  remedy: "Call again in a moment.",
  canBeSentAgain: true,
} as const;
