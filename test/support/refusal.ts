import { expect } from "vitest";
import { type Host, sentBodies } from "./host.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";

/** Makes a call that must be refused with nothing written, and returns the text that the agent reads. */
export async function refusal(host: Host, sandbox: Sandbox, args: Record<string, unknown>): Promise<string> {
  const reply = await host.call(args);
  expect(sentBodies(sandbox)).toEqual([]);
  expect(reply).toMatchObject({ isError: true, structured: {} });
  expect(reply.text).toContain("The opportunity is unchanged.");
  return reply.text;
}
