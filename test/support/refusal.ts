import { expect } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type Host, sentBodies } from "./host.ts";

/** Makes a call that must be refused with nothing written, and returns the text that the agent reads. */
export async function refusal(host: Host, sandbox: Sandbox, args: Record<string, unknown>): Promise<string> {
  const told = await host.call(args);
  expect(sentBodies(sandbox)).toEqual([]);
  expect(told).toMatchObject({ isError: true, structured: {} });
  expect(told.text).toContain("The opportunity is unchanged.");
  return told.text;
}
