import { afterAll, beforeEach } from "vitest";
import { type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type HostOptions, startHostFor } from "./host.ts";

/** A sandbox and a host that talks to it, for all tests of a file. The sandbox is as new before each test. */
export async function serveSandbox(options?: SandboxOptions, hostOptions?: HostOptions) {
  const sandbox = await startSandbox(options);
  const host = await startHostFor(sandbox, hostOptions);
  beforeEach(() => sandbox.reset());
  afterAll(async () => {
    await host.close();
    await sandbox.close();
  });
  return { sandbox, host };
}
