import { setTimeout } from "node:timers/promises";
import { createMiddleware } from "hono/factory";
import { madeUpOrganization } from "../../../src/sandbox/data/organization.ts";
import type { Env } from "../../../src/sandbox/http/app.ts";
import { type Sandbox as EmbeddedSandbox, startSandbox as startEmbedded } from "../../../src/sandbox/sandbox.ts";
import { type Armed, type Fault, faulty } from "./faults.ts";
import { limited, type RateLimit, type Windows } from "./rate-limit.ts";
import { type SandboxRequest, writtenDown } from "./requests.ts";

export type { Fault } from "./faults.ts";
export type { SandboxRequest } from "./requests.ts";

export type SandboxOptions = {
  /** The clock, for date_won, date_updated and date_lost; the machine's by default. */
  now?: () => Date;
  /** By default a generous limit is announced and none enforced. */
  rateLimit?: RateLimit;
  /** The least and the most that an answer takes, in milliseconds: one half of it on either way. */
  delays?: readonly [least: number, most: number];
};

/** The sandbox with what tests need to see and to break. */
export type Sandbox = EmbeddedSandbox & {
  /** Since the start or the last reset, oldest first. */
  readonly requests: SandboxRequest[];
  /** Arms a fault. A request is hit by the first armed fault that matches it. */
  fault(fault: Fault): void;
  /** Back to the organization of the start; forgets requests, faults and spent rate limits. */
  reset(): void;
};

export async function startSandbox({ now, rateLimit, delays }: SandboxOptions = {}): Promise<Sandbox> {
  const requests: SandboxRequest[] = [];
  const armed = new Set<Armed>();
  const windows: Windows = new Map();
  const sandbox = await startEmbedded({
    ...(now && { now }),
    middleware: [
      writtenDown(requests),
      ...(delays === undefined ? [] : [delayed(delays)]),
      faulty(armed),
      ...(rateLimit === undefined ? [] : [limited(rateLimit, windows)]),
    ],
  });
  return {
    ...sandbox,
    requests,
    fault: (fault) => void armed.add({ fault, left: fault.times ?? 1 }),
    reset() {
      Object.assign(sandbox.organization, madeUpOrganization());
      requests.length = 0;
      armed.clear();
      windows.clear();
    },
  };
}

function delayed([least, most]: readonly [number, number]) {
  return createMiddleware<Env>(async (_c, next) => {
    const half = (least + Math.random() * (most - least)) / 2;
    await setTimeout(half);
    await next();
    await setTimeout(half);
  });
}
