import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { madeUpOrganization } from "./data/organization.ts";
import type { Organization } from "./data/records.ts";
import { closeApp } from "./http/app.ts";
import { accessToken, apiKey } from "./http/credentials.ts";
import { basePath, type SandboxRequest } from "./http/exchange.ts";
import { armedFaults, type Fault } from "./http/faults.ts";
import { type RateLimit, rateLimiter } from "./http/rate-limit.ts";

export { ids } from "./data/organization.ts";
export type * from "./data/records.ts";
export type { SandboxRequest } from "./http/exchange.ts";
export type { Fault } from "./http/faults.ts";

export type SandboxOptions = {
  /** Port to listen on; 0 (the default) picks a free one. */
  port?: number;
  /** The clock, for date_won, date_updated and date_lost; the machine's by default. */
  now?: () => Date;
  /**
   * A limit of requests per window and endpoint group (method and path template); more are answered with 429.
   * By default a generous limit is announced and none enforced.
   */
  rateLimit?: RateLimit;
};

export type Sandbox = {
  /** The base URL: http://127.0.0.1:41234/api/v1 */
  readonly url: string;
  /** Accepted through Basic: the key as user, an empty password. */
  readonly apiKey: string;
  /** Accepted through Bearer. */
  readonly accessToken: string;
  /**
   * The authorized requests since the start or the last reset, oldest first: at least the latest 10,000, or 8 million
   * characters of them.
   */
  readonly requests: readonly SandboxRequest[];
  /** The live data: may be read and changed. */
  readonly organization: Organization;
  /** Arms a fault. A request is hit by the first armed fault that matches it. */
  fault(fault: Fault): void;
  /** Back to the organization of the start; forgets requests, faults and spent rate limits. */
  reset(): void;
  /** Breaks every connection and stops listening. */
  close(): Promise<void>;
};

/** Starts the embedded copy of the part of Close that the tools use, on 127.0.0.1. */
export async function startSandbox({
  port = 0,
  now = () => new Date(),
  rateLimit,
}: SandboxOptions = {}): Promise<Sandbox> {
  const organization = madeUpOrganization();
  const requests: SandboxRequest[] = [];
  const faults = armedFaults();
  const limiter = rateLimiter(rateLimit);
  const app = closeApp({ organization, requests, faults, limiter, now });

  // The process that embeds the sandbox keeps its own Request and Response.
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The sandbox listens on no port.");

  return {
    url: `http://127.0.0.1:${address.port}${basePath}`,
    apiKey,
    accessToken,
    requests,
    organization,
    fault: faults.arm,
    reset() {
      Object.assign(organization, madeUpOrganization());
      requests.length = 0;
      faults.forget();
      limiter.forget();
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
