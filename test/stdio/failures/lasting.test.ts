import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { failedCall } from "../../support/failed-call.ts";
import { startHost } from "../../support/host.ts";
import { type PeerAnswer, startHttpPeer } from "../../support/http-peer.ts";

const secret = "api_3kXqFh2mTz.9vLbRwYcNd";
const { acmeExpansion, cedarWorkshop } = ids.opportunities;

/** Key and certificate of localhost, signed by itself. */
const pemOf = (name: string) => fileURLToPath(new URL(`../../support/certificates/${name}.pem`, import.meta.url));
const tls = (name: string) => ({ key: readFileSync(pemOf(name)), cert: readFileSync(pemOf(name)) });
const https = (name = "current") => createHttpsServer(tls(name), (_, response) => response.end("{}"));
const trusting = (name: string) => ({ NODE_EXTRA_CA_CERTS: pemOf(name) });

/** A proxy that answers so when it is asked to connect. */
const proxy = (line: string) => createHttpServer().on("connect", (_, socket) => socket.end(`HTTP/1.1 ${line}\r\n\r\n`));
const saying = (text: string) =>
  createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(text)));

const at = (port: number) => ({ CLOSE_BASE_URL: `https://localhost:${port}/api/v1` });
const through = (port: number) => ({ CLOSE_BASE_URL: "https://close.invalid", HTTPS_PROXY: `127.0.0.1:${port}` });

type Way = (port: number) => Record<string, string>;

test.each<[string, () => Server, Way, RegExp]>([
  ["a certificate that nobody vouches for", https, at, /DEPTH_ZERO_SELF_SIGNED_CERT.+NODE_EXTRA_CA_CERTS/s],
  [
    "a certificate that has expired",
    () => https("expired"),
    (port) => ({ ...at(port), ...trusting("expired") }),
    /CERT_HAS_EXPIRED.+clock.+renew/s,
  ],
  [
    "a certificate of another host",
    https,
    (port) => ({ CLOSE_BASE_URL: `https://127.0.0.1:${port}`, ...trusting("current") }),
    /ERR_TLS_CERT_ALTNAME_INVALID.+CLOSE_BASE_URL/s,
  ],
  ["plain HTTP behind https", createHttpServer, at, /failed: wrong version number .+CLOSE_BASE_URL/s],
  ["HTTP/2 alone", () => createSecureServer(tls("current")), at, /NO_APPLICATION_PROTOCOL.+CLOSE_BASE_URL/s],
  [
    "no HTTP",
    () => saying("SSH-2.0\r\n"),
    (port) => ({ CLOSE_BASE_URL: `http://127.0.0.1:${port}` }),
    /CLOSE_BASE_URL/,
  ],
  ["a proxy that wants a password", () => proxy("407 Who"), through, /407.+HTTPS_PROXY.+password/s],
  ["a proxy that forbids it", () => proxy("403 No"), through, /403.+HTTPS_PROXY.+NO_PROXY/s],
  ["a proxy that is none", () => saying("SSH-2.0\r\n"), through, /Check the proxy in HTTPS_PROXY/],
  ["a proxy that is not there", https, () => through(1), /ECONNREFUSED.+HTTPS_PROXY.+NO_PROXY/s],
])(
  "%s on the way to Close is said at once, with what to do, and nothing is tried again",
  async (_, make, way, said) => {
    const peer = make();
    let connections = 0;
    peer.on("connection", () => {
      connections += 1;
    });
    peer.on("tlsClientError", () => {});
    peer.listen(0, "localhost");
    await once(peer, "listening");
    onTestFinished(() => void peer.close());
    const bound = peer.address();
    if (bound === null || typeof bound === "string") throw new Error("The peer listens on no port.");
    const host = await startHost({ env: { CLOSE_API_KEY: secret, ...way(bound.port) } });
    onTestFinished(() => host.close());
    const text = await failedCall(host, secret, { id: acmeExpansion, confidence: 75 });
    expect(text).toMatch(said);
    expect(text).toContain("The opportunity is unchanged.");
    expect(text).toContain("every call will fail again");
    expect(connections).toBeLessThanOrEqual(1);
    const updates = [{ ids: [acmeExpansion, cedarWorkshop], confidence: 75 }];
    const many = await host.call({ updates }, "update_opportunities");
    expect(many.text).toContain("No call will succeed before this is put right.");
  },
);

const html = { "content-type": "text/html" };

let answerOfOther: PeerAnswer = { status: 404 };
const other = await startHttpPeer(() => answerOfOther);
const host = await startHost({ env: { CLOSE_API_KEY: secret, CLOSE_BASE_URL: other.url } });
afterAll(() => Promise.all([other.close(), host.close()]));

test.each<[string, PeerAnswer]>([
  ["a web page with 404", { status: 404, headers: html, body: "<html>No such page</html>" }],
  ["a web page with 401", { status: 401, headers: html, body: "<html>Log in</html>" }],
  ["a web page with 403", { status: 403, headers: html, body: "<html>Blocked</html>" }],
  ["a login page with 200", { status: 200, headers: html, body: "<html>Log in</html>" }],
  ["a way to a login page", { status: 302, headers: { ...html, location: "https://portal.example" }, body: "<html>" }],
  ["a gateway's JSON with 404", { status: 404, body: '{"message": "no Route matched with those values"}' }],
  ["text with 404", { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found" }],
])("%s is not taken for an answer of Close's API", async (_, answer) => {
  answerOfOther = answer;
  const text = await failedCall(host, secret, { id: acmeExpansion }, "get_opportunity");
  expect(text).toMatch(/This is not Close's API\..+CLOSE_BASE_URL, which ends in \/api\/v1/s);
  expect(text).not.toMatch(/no such opportunity|bad key|user is not allowed/);
});

test("a 404 of Close's form that names no record may be one of another address", async () => {
  answerOfOther = { status: 404, body: '{"error": "Not found."}' };
  const text = await failedCall(host, secret, { id: acmeExpansion }, "get_opportunity");
  expect(text).toMatch(/There is no such opportunity, .+, or this is not Close's API/);
});
