import type { CallLimits } from "../base/call-limits.ts";
import { callEnded } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { raceAbort } from "../base/signals.ts";
import { takeTicket } from "./tickets.ts";

/** Runs pieces of work that share a key one after the other, in the order they came, and all others side by side. */
export type Locks = ReturnType<typeof createLocks>;

/**
 * One queue for each key in this process, which exists only as long as anyone is in it, and one for all processes that
 * share the folder, in which the head of the first one waits. Without a folder, or where it fails, there is the first alone.
 */
export function createLocks(folder: string | undefined, log: Log) {
  /** By key: resolves once everyone who has come so far is done. */
  const queues = new Map<string, Promise<unknown>>();
  let isReported = false;

  /** Waits for its turn; returns what ends it. @throws Failure if the signal aborts before. */
  async function turn(key: string, { signal }: CallLimits, ahead: Promise<unknown>): Promise<() => void> {
    await raceAbort(ahead, signal, meanwhile);
    if (folder === undefined) return alone;
    const giveBack = await takeTicket(folder, key, signal).catch((error: unknown) => {
      if (!isReported) log("warn", "updates do not wait for those of other processes", { reason: String(error) });
      isReported = true;
      return alone;
    });
    if (giveBack === undefined) throw callEnded(meanwhile);
    return giveBack;
  }

  return {
    /**
     * Waits for its turn, then works. The signal ends the waiting; work that has begun has to watch it by itself.
     * @throws Failure if the signal aborts before its turn comes.
     */
    run<T>(key: string, call: CallLimits, work: () => Promise<T>): Promise<T> {
      const ahead = queues.get(key) ?? Promise.resolve();
      const result = reporting(call, turn(key, call, ahead)).then((end) => work().finally(end));
      // A waiter that gives up must not let its successor jump the queue.
      const queue = Promise.allSettled([ahead, result]).then(() => {
        if (queues.get(key) === queue) queues.delete(key);
      });
      queues.set(key, queue);
      return result;
    },
  };
}

/** The end of a turn that no other process knows of. */
const alone = () => {};

/** Tells whoever watches, once a second, that the call waits. */
function reporting<T>({ onWait }: CallLimits, waiting: Promise<T>): Promise<T> {
  if (onWait === undefined) return waiting;
  const timer = setInterval(() => onWait("another update of this opportunity", 1_000), 1_000);
  return waiting.finally(() => clearInterval(timer));
}

const meanwhile = "while another update of this opportunity was running";
