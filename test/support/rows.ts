import { expect } from "vitest";
import { z } from "zod/v3";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { type Host, puts } from "./host.ts";
import { copiesOf } from "./opportunities.ts";
import { serveSandbox } from "./served.ts";

/** Rows have no undo of their own: there is one for the call. */
export const row = z
  .object({
    id: z.string(),
    lead_name: z.string().optional(),
    outcome: z.enum(["updated", "unchanged", "refused", "in_doubt", "not_tried"]),
    changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }).passthrough()),
    warnings: z.array(z.string()).optional(),
    error: z.string().optional(),
  })
  .strict();
/** What update_opportunities returns. */
export const rowsResult = z.object({
  results: z.array(row),
  counts: z.record(z.number()),
  undo: z.string().optional(),
  plan: z.string().optional(),
  waiting: z.boolean().optional(),
  dry_run: z.boolean().optional(),
});

/** No person has to agree to any update. */
export const unasked = { CLOSE_CONFIRM: "off" };

type Arguments = Record<string, unknown>;

/** A sandbox and a host for all tests of a file that update many opportunities in a call, which no person has to agree to. */
export async function serveRows(env: Record<string, string> = {}) {
  const { sandbox, host } = await serveSandbox(undefined, { env: { ...unasked, ...env } });
  const call = (args: Arguments, from: Host = host) => from.call(args, "update_opportunities");
  return {
    sandbox,
    host,
    call,
    /** Makes a call that must succeed; returns its rows. */
    async rowsOf(args: Arguments, from?: Host) {
      const reply = await call(args, from);
      expect(reply.isError, reply.text).toBe(false);
      return rowsResult.parse(reply.structured);
    },
    /** Applies a plan, which must succeed; returns its rows. */
    async apply(args: Arguments, by: Host = host) {
      const reply = await by.call(args, "apply_plan");
      expect(reply.isError, reply.text).toBe(false);
      return rowsResult.parse(reply.structured);
    },
    copies: (count: number) => copiesOf(sandbox, ids.opportunities.acmeExpansion, count),
    held: (id: string): Opportunity | undefined => sandbox.organization.opportunities.get(id),
    /** How often an update of the opportunity was carried out. */
    appliedTo: (id: string) =>
      puts(sandbox).filter(({ path, applied }) => path === `/opportunity/${id}/` && applied).length,
  };
}
