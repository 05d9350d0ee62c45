import { ids } from "../../src/sandbox/sandbox.ts";
import { failedCall } from "./failed-call.ts";
import { puts } from "./host.ts";
import { copyOf, stored } from "./opportunities.ts";
import type { Fault } from "./sandbox/sandbox.ts";
import { serveSandbox } from "./served.ts";

export const unchanged = "The opportunity is unchanged.";
export const inDoubt = /in doubt/;
export const traceId = "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5";

export type Answer = { status: number; headers?: Record<string, string>; body?: string; applied?: boolean };

/** A sandbox and a host for updates of the confidence of an opportunity, from 50 to 75, that meet a failure. */
export async function serveFailingUpdates({ resets = true } = {}) {
  const { sandbox, host } = await serveSandbox(undefined, { env: { CLOSE_LOG_LEVEL: "debug" }, resets });

  function updateOf(id: string) {
    const path = `/opportunity/${id}/`;
    const args = { id, confidence: 75 };
    const fault = (given: Fault) => sandbox.fault({ ...given, path });
    return {
      args,
      /** Arms a fault of requests about this opportunity alone. */
      fault,
      /** Close answers the PUT like this, and would answer it so again. */
      answerPut({ headers, ...answer }: Answer): void {
        const traced = { "trace-id": traceId, ...headers };
        fault({ kind: "answer", method: "PUT", headers: traced, times: Infinity, ...answer });
      },
      /** The opportunity can be read before the update, and not again after it. */
      loseSightAfterTheFirstRead(): void {
        fault({ kind: "drift", method: "GET", change: (answer) => answer });
        fault({ kind: "reset", when: "before", method: "GET", times: Infinity });
      },
      /** Makes the update, which has to fail; returns the error's text. */
      failedUpdate: () => failedCall(host, sandbox.apiKey, args),
      /** The bodies of this opportunity's PUTs. */
      sent: () => puts(sandbox).flatMap((put) => (put.path === path ? [put.body] : [])),
      confidence: () => stored(sandbox, id).confidence,
    };
  }

  const { acmeExpansion } = ids.opportunities;
  return {
    sandbox,
    host,
    ...updateOf(acmeExpansion),
    /** The same of an opportunity of the test's own, for tests that wait side by side. */
    newUpdate: () => updateOf(copyOf(sandbox, acmeExpansion)),
  };
}
