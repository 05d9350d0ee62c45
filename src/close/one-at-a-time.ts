import { Failure } from "../base/failure.ts";
import { deferred, raceAbort } from "../base/signals.ts";

/** Runs pieces of work that share a key one after the other, in the order they came, and all others side by side. */
export type OneAtATime = {
  /**
   * Waits for its turn, then works. The signal ends the waiting; work that has begun has to watch it by itself.
   *
   * @throws Failure if the signal aborts before its turn comes.
   */
  run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** How many keys someone works on or waits for. */
  readonly size: number;
};

/** A queue for each key, which exists only as long as anyone is in it. */
export function oneAtATime(): OneAtATime {
  /** By key: resolves once everyone who has come so far is done. */
  const queues = new Map<string, Promise<void>>();
  return {
    async run(key, signal, work) {
      const ahead = queues.get(key);
      const { promise: left, resolve: leave } = deferred();
      // Whoever gives up waiting still lets the next one pass only after those ahead.
      const queue = ahead === undefined ? left : ahead.then(() => left);
      queues.set(key, queue);
      void queue.then(() => {
        if (queues.get(key) === queue) queues.delete(key);
      });
      try {
        if (signal.aborted) throw new Failure(gaveUp);
        if (ahead !== undefined) await raceAbort(ahead, signal, gaveUp);
        return await work();
      } finally {
        leave();
      }
    },
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
  isOutOfTime: true,
} as const;
