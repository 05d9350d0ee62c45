import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { madeUpOrganization } from "./data/organization.ts";
import type { Organization } from "./data/records.ts";
import { basePath, closeApp, type Parts } from "./http/app.ts";
import { accessToken, apiKey } from "./http/credentials.ts";

export { ids } from "./data/organization.ts";
export type * from "./data/records.ts";

export type Sandbox = {
  /** The base URL: http://127.0.0.1:41234/api/v1 */
  readonly url: string;
  /** Accepted through Basic: the key as user, an empty password. */
  readonly apiKey: string;
  /** Accepted through Bearer. */
  readonly accessToken: string;
  /** The live data: may be read and changed. */
  readonly organization: Organization;
  /** Breaks every connection and stops listening. */
  close(): Promise<void>;
};

/**
 * Starts the embedded copy of the part of Close that the tools use, on a free port of 127.0.0.1.
 * @param options the clock, for date_won, date_updated and date_lost, and what happens to requests on their way;
 *   the machine's and nothing by default.
 */
export async function startSandbox({
  now = () => new Date(),
  middleware = [],
}: Partial<Pick<Parts, "now" | "middleware">> = {}): Promise<Sandbox> {
  const organization = madeUpOrganization();
  const app = closeApp({ organization, now, middleware });

  // The process that embeds the sandbox keeps its own Request and Response.
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The sandbox listens on no port.");

  return {
    url: `http://127.0.0.1:${address.port}${basePath}`,
    apiKey,
    accessToken,
    organization,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
