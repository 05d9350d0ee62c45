import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import type { Reply } from "./host.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";
import { clientOf } from "./sandbox-client.ts";

/** The sentence of the plan that takes an update back. */
export const undoIn = (reply: Reply | undefined) => z.object({ undo: z.string() }).parse(reply?.structured).undo;

/** The sentence of the plan of a dry run, or of an update that waits for a person. */
export const planIn = (reply: Reply | undefined) => z.object({ plan: z.string() }).parse(reply?.structured).plan;

/** A plan's name. */
export const wordOf = (sentence: string) => sentence.slice(-6);

/** Changes an opportunity as Ben Quist does in Close, whose event log then has it. The request is none of the server's. */
export async function benSets(sandbox: Sandbox, id: string, body: Record<string, unknown>): Promise<void> {
  const { organization, requests } = sandbox;
  const { me } = organization;
  organization.me = ids.users.benQuist;
  await clientOf(sandbox).put(id, body);
  organization.me = me;
  requests.pop();
}
