import type { ProgressNotification } from "@modelcontextprotocol/sdk/types.js";
import type { Log } from "../base/log.ts";
import { printable } from "../base/text.ts";

/** Progress must grow with every notification (MCP specification, progress), so a wait among pieces of work is a tiny step. */
const waitStep = 0.001;

/** A shorter wait, in milliseconds, is over before anybody has read of it. */
const minWaitMs = 50;

/** A wait that ends this much later than the one reported, in milliseconds, is news. */
const minLaterMs = 250;

/** Reports the work done by a call and its waits as progress, if the host gave a token for it, and waits in the log. */
export function progressReporter(
  progressToken: string | number | undefined,
  notify: (notification: ProgressNotification) => Promise<void>,
  log: Log,
) {
  let progress = 0;
  let total: number | undefined;
  /** By reason: when the last reported wait ends. Many requests of a call wait for the same thing at once. */
  const ends = new Map<string, number>();
  const send = (text: string) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress, message: printable(text), ...(total !== undefined && { total }) };
    notify({ method: "notifications/progress", params }).catch((error: unknown) =>
      log("warn", "progress not reported", { error: String(error) }),
    );
  };
  const onStep = (message: string) => {
    progress += total === undefined ? 1 : waitStep;
    send(message);
  };
  return {
    onStep,
    onWait(reason: string, milliseconds: number) {
      const end = performance.now() + milliseconds;
      if (milliseconds < minWaitMs || end < (ends.get(reason) ?? 0) + minLaterMs) return;
      ends.set(reason, end);
      log("info", "waiting", { reason, milliseconds: Math.round(milliseconds) });
      onStep(`Waiting ${(milliseconds / 1000).toFixed(1)} seconds because of ${reason}`);
    },
    onProgress(done: number, of: number, message: string) {
      progress = progress === 0 ? done : Math.max(done, progress + waitStep);
      total = of;
      send(message);
    },
  };
}
