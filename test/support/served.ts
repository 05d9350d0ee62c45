import { afterAll, beforeEach } from "vitest";
import { type HostOptions, startHostFor } from "./host.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox/sandbox.ts";

/** A sandbox for all tests of a file, as new before each test, or the same for tests that run side by side. */
export async function openSandbox(options?: SandboxOptions, resets = true): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  if (resets) beforeEach(() => sandbox.reset());
  afterAll(() => sandbox.close());
  return sandbox;
}

/** A sandbox and a host that talks to it, for all tests of a file. The sandbox is as new before each test. */
export async function serveSandbox(
  options?: SandboxOptions,
  { resets, ...hostOptions }: HostOptions & { resets?: boolean } = {},
) {
  const sandbox = await openSandbox(options, resets);
  const host = await startHostFor(sandbox, hostOptions);
  afterAll(() => host.close());
  return { sandbox, host };
}
