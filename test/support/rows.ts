import { expect } from "vitest";
import { z } from "zod/v3";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { type Host, puts } from "./host.ts";
import { copiesOf } from "./opportunities.ts";
import { serveSandbox } from "./served.ts";

export const row = z.object({
  id: z.string(),
  outcome: z.enum(["updated", "unchanged", "refused", "in_doubt", "not_tried"]),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }).passthrough()),
  warnings: z.array(z.string()).optional(),
  error: z.string().optional(),
  undo: z.record(z.unknown()).optional(),
});
/** What update_opportunities returns. */
export const rowsResult = z.object({
  results: z.array(row),
  counts: z.record(z.number()),
  dry_run: z.boolean().optional(),
});

type Arguments = Record<string, unknown>;

/** A sandbox and a host for all tests of a file that update many opportunities in a call. */
export async function serveRows() {
  const { sandbox, host } = await serveSandbox();
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
    copies: (count: number) => copiesOf(sandbox, ids.opportunities.acmeExpansion, count),
    held: (id: string): Opportunity | undefined => sandbox.organization.opportunities.get(id),
    /** How often an update of the opportunity was carried out. */
    appliedTo: (id: string) =>
      puts(sandbox).filter(({ path, applied }) => path === `/opportunity/${id}/` && applied).length,
  };
}
