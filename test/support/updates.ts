import { expect } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type HostOptions, type Reply, sentBodies } from "./host.ts";
import { stored } from "./opportunities.ts";
import type { SandboxOptions } from "./sandbox/sandbox.ts";
import { serveSandbox } from "./served.ts";

type Arguments = Record<string, unknown>;

/** A sandbox and a host for all tests of a file, with calls of update_opportunity that must go through or be refused. */
export async function serveUpdates(options?: SandboxOptions, hostOptions?: HostOptions) {
  const { sandbox, host } = await serveSandbox(options, hostOptions);
  return {
    sandbox,
    host,
    /** Makes a call that must go through. */
    async accepted(args: Arguments): Promise<Reply> {
      const reply = await host.call(args);
      expect(reply.isError, reply.text).toBe(false);
      return reply;
    },
    /** Makes a call that must be refused with nothing written; returns the error's text. */
    async refused(args: Arguments): Promise<string> {
      const reply = await host.call(args);
      expect(sentBodies(sandbox)).toEqual([]);
      expect(reply).toMatchObject({ isError: true, structured: {} });
      expect(reply.text).toContain("The opportunity is unchanged.");
      return reply.text;
    },
    stored: (id: string) => stored(sandbox, id),
  };
}

export type Operation = { field: string; action: string; value?: unknown };

/** The same for calls with operations on custom fields, and an opportunity without any custom field and one with all. */
export async function serveOperations(hostOptions?: HostOptions) {
  const { accepted, refused, ...served } = await serveUpdates(undefined, hostOptions);
  return {
    ...served,
    empty: ids.opportunities.fjordFleet,
    /** Visits on Tuesday and Thursday, Ada Quist and the first Sam Doyle watching. */
    full: ids.opportunities.elmStreetVisits,
    accepted: (id: string, operations: Operation[], others: Arguments = {}) =>
      accepted({ id, custom_fields: operations, ...others }),
    refused: (id: string, ...operations: unknown[]) => refused({ id, custom_fields: operations }),
  };
}
