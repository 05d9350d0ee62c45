import { ids, type SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { failedCall } from "./failed-call.ts";
import type { HostOptions } from "./host.ts";
import { stored } from "./opportunities.ts";
import { serveSandbox } from "./served.ts";

const { acmeExpansion } = ids.opportunities;

export const unchanged = "The opportunity is unchanged.";
export const inDoubt = /in doubt/;
export const traceId = "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5";

export type Answer = { status: number; headers?: Record<string, string>; body?: string; applied?: boolean };

/** A sandbox and a host for updates of one opportunity's confidence, from 50 to 75, that meet a failure. */
export async function serveFailingUpdates(options?: SandboxOptions, hostOptions?: HostOptions) {
  const { sandbox, host } = await serveSandbox(options, {
    ...hostOptions,
    env: { CLOSE_LOG_LEVEL: "debug", ...hostOptions?.env },
  });
  const args = { id: acmeExpansion, confidence: 75 };
  return {
    sandbox,
    host,
    args,
    confidence: () => stored(sandbox, acmeExpansion).confidence,
    /** The update, which has to fail; returns the error's text. */
    failedUpdate: () => failedCall(host, sandbox.apiKey, args),
    /** Close answers the PUT like this, and would answer it so again. */
    answerPut({ headers, ...answer }: Answer): void {
      sandbox.fault({
        kind: "answer",
        method: "PUT",
        headers: { "trace-id": traceId, ...headers },
        times: Infinity,
        ...answer,
      });
    },
    /** The opportunity can be read before the update, and not again after it. */
    loseSightAfterTheFirstRead(): void {
      const reads = { method: "GET", path: "/opportunity/" };
      sandbox.fault({ kind: "drift", ...reads, change: (answer) => answer });
      sandbox.fault({ kind: "reset", when: "before", ...reads, times: Infinity });
    },
  };
}
