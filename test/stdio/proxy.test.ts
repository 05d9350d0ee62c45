import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { failedCall } from "../support/failed-call.ts";
import { startHost, startHostFor } from "../support/host.ts";
import { openSandbox } from "../support/served.ts";
import { listen, type Peer } from "../support/silent-peers.ts";

const apiKey = "api_3kXqFh2mTz.9vLbRwYcNd";
const sandbox = await openSandbox();
const update = { id: ids.opportunities.acmeExpansion, confidence: 75 };

/** A proxy that writes down where it was asked to connect to, and refuses. */
const proxy = createServer();
const asked: { target: string | undefined; headers: IncomingHttpHeaders }[] = [];
let peer: Peer;

beforeAll(async () => {
  proxy.on("connect", ({ url, headers }, socket) => {
    asked.push({ target: url, headers });
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  proxy.on("request", ({ url, headers }, response) => {
    asked.push({ target: url, headers });
    response.writeHead(502).end();
  });
  peer = await listen(proxy);
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => peer.close());

const towardsProxy = () => ({ HTTP_PROXY: `http://${peer.address}`, HTTPS_PROXY: `http://${peer.address}` });
const towardsClose = () => ({
  ...towardsProxy(),
  CLOSE_BASE_URL: "https://close.invalid/api/v1",
  CLOSE_API_KEY: apiKey,
});

test("HTTPS_PROXY is used towards Close, does not get to see the credentials, and leaves the opportunity unchanged if it refuses", async () => {
  const host = await startHost({ env: towardsClose() });
  onTestFinished(() => host.close());
  const text = await failedCall(host, apiKey, update);
  expect(asked[0]?.target).toBe("close.invalid:443");
  for (const { headers } of asked) expect(headers).not.toHaveProperty("authorization");
  // What a proxy refuses to connect to has certainly not reached Close.
  expect(text).toContain("502");
  expect(text).toContain("The opportunity is unchanged.");
});

test("an address in NO_PROXY, and this machine, are reached without the proxy", async () => {
  const outside = await startHost({ env: { ...towardsClose(), NO_PROXY: "close.invalid" } });
  onTestFinished(() => outside.close());
  await failedCall(outside, apiKey, { id: update.id }, "get_opportunity");
  const host = await startHostFor(sandbox, { env: towardsProxy() });
  onTestFinished(() => host.close());
  expect((await host.call(update)).structured).toMatchObject({ confidence: 75 });
  expect(asked).toEqual([]);
});
