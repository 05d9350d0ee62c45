import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type CloseClient, createClient } from "../../../src/close/http/client.ts";
import { CloseError } from "../../../src/close/http/errors.ts";
import { createTransport, ExchangeError, type Timeouts } from "../../../src/close/http/transport.ts";
import { type Peer, startHttpPeer, startMutePeer } from "../../support/silent-peers.ts";

const patient: Timeouts = { connect: 20_000, headers: 20_000, body: 20_000 };
const id = "oppo_1a2B3c";
const methods = ["GET", "PUT"] as const;
type Method = (typeof methods)[number];

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

async function httpPeer(listener: RequestListener): Promise<Peer> {
  const peer = await startHttpPeer(listener);
  opened.push(peer);
  return peer;
}

async function mutePeer(): Promise<Peer> {
  const peer = await startMutePeer();
  opened.push(peer);
  return peer;
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") throw new Error("The peer listens on no port.");
  return `127.0.0.1:${address.port}`;
}

function transportTo(baseUrl: string, limits: Partial<Timeouts> = {}, httpsProxy?: string) {
  const transport = createTransport(baseUrl, {
    timeouts: { ...patient, ...limits },
    proxies: { httpsProxy },
  });
  opened.unshift(transport);
  return transport;
}

function clientOf(baseUrl: string, limits: Partial<Timeouts> = {}): CloseClient {
  return createClient({
    transport: transportTo(baseUrl, limits),
    baseUrl,
    credentials: { scheme: "basic", secret: "api_1aB.2cD" },
    log: () => {},
  });
}

function requestOf(method: Method) {
  const { signal } = new AbortController();
  return { method, path: `/opportunity/${id}/`, headers: {}, body: method === "PUT" ? "{}" : null, signal };
}

function send(method: Method, client: CloseClient, signal = new AbortController().signal) {
  const call = { signal, timeZone: "UTC" };
  return method === "GET"
    ? client.readOpportunity(id, call)
    : client.updateOpportunity(id, async () => ({ confidence: 5 }), call);
}

/** What became of one request that has to fail: as the transport has it, and as the tools get it. */
async function failureOf(method: Method, client: CloseClient, signal?: AbortSignal) {
  const error = await send(method, client, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CloseError) || !(error.cause instanceof ExchangeError)) {
    throw new Error(`Not the failure of an exchange: ${String(error)}`);
  }
  const { kind, code, mayHaveArrived } = error.cause;
  const { problem, record } = error.report;
  return { kind, code, mayHaveArrived, problem, record };
}

/** A GET changes nothing; what became of a PUT that may have arrived is not known. */
const stateAfter = { GET: "unchanged", PUT: "in doubt" } as const;

describe.concurrent.each(methods)("a %s", (method) => {
  test("that gets no answer in time is given up", async () => {
    const { address } = await httpPeer(() => {});
    expect(await failureOf(method, clientOf(`http://${address}`, { headers: 60 }))).toMatchObject({
      kind: "timeout",
      mayHaveArrived: true,
      problem: expect.stringMatching(/got no answer in time/),
      record: stateAfter[method],
    });
  });

  test("whose answer stops halfway is given up", async () => {
    const { address } = await httpPeer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"id": ');
    });
    expect(await failureOf(method, clientOf(`http://${address}`, { body: 60 }))).toMatchObject({
      kind: "timeout",
      mayHaveArrived: true,
      record: stateAfter[method],
    });
  });

  test("that gets no secure connection in time certainly did not arrive", async () => {
    const { address } = await mutePeer();
    expect(await failureOf(method, clientOf(`https://${address}`, { connect: 60 }))).toMatchObject({
      kind: "timeout",
      mayHaveArrived: false,
      record: "unchanged",
    });
  });

  test("to a peer that does not speak TLS certainly did not arrive", async () => {
    const { address } = await httpPeer((_request, response) => response.end("{}"));
    expect(await failureOf(method, clientOf(`https://${address}`))).toMatchObject({
      kind: "network",
      mayHaveArrived: false,
      record: "unchanged",
    });
  });

  test("to a port where nothing listens certainly did not arrive", async () => {
    const peer = await startMutePeer();
    await peer.close();
    expect(await failureOf(method, clientOf(`http://${peer.address}`))).toMatchObject({
      kind: "network",
      code: "ECONNREFUSED",
      mayHaveArrived: false,
      record: "unchanged",
    });
  });

  test("to a name that does not exist certainly did not arrive", async () => {
    expect(await failureOf(method, clientOf("https://close.invalid"))).toMatchObject({
      kind: "network",
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      mayHaveArrived: false,
      record: "unchanged",
    });
  });

  test("whose connection breaks may have arrived", async () => {
    const { address } = await httpPeer((incoming) => incoming.socket.resetAndDestroy());
    expect(await failureOf(method, clientOf(`http://${address}`))).toMatchObject({
      kind: "network",
      mayHaveArrived: true,
      record: stateAfter[method],
    });
  });

  test.each([
    ["with its length announced", { "content-length": "5242881" }],
    ["without its length", {}],
  ])("answered with a body past 5 MB, %s, is broken off", async (_name, headers) => {
    const { address } = await httpPeer((_request, response) => {
      response.writeHead(200, headers).end(Buffer.alloc(5 * 1024 * 1024 + 1, "x"));
    });
    expect(await failureOf(method, clientOf(`http://${address}`))).toMatchObject({
      kind: "too large",
      mayHaveArrived: true,
      problem: expect.stringMatching(/more than 5 MB/),
      record: stateAfter[method],
    });
  });

  test("answered with a body of 5 MB is read whole", async () => {
    const { address } = await httpPeer((_request, response) => {
      response.end(Buffer.alloc(5 * 1024 * 1024, "x"));
    });
    const baseUrl = `http://${address}`;
    const answer = await transportTo(baseUrl).send(requestOf(method));
    expect(answer.body).toHaveLength(5 * 1024 * 1024);
  });

  test("is stopped when its call ends, and lets go of the connection", async () => {
    const arrived = vi.fn();
    const peer = await httpPeer(() => arrived());
    const call = new AbortController();
    const failed = failureOf(method, clientOf(`http://${peer.address}`), call.signal);
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), { timeout: 10_000, interval: 5 });
    call.abort();
    expect(await failed).toMatchObject({
      kind: "stopped",
      problem: expect.stringMatching(/was stopped/),
      record: stateAfter[method],
    });
    await vi.waitFor(() => expect(peer.open()).toBe(0), { timeout: 10_000, interval: 5 });
  });

  test("of a call that has ended already is not sent, so that it certainly did not arrive", async () => {
    const arrived = vi.fn();
    const { address } = await httpPeer(() => arrived());
    const client = clientOf(`http://${address}`);
    await expect(send(method, client, AbortSignal.abort())).rejects.toMatchObject({
      report: { problem: expect.stringContaining("was not sent"), record: "unchanged" },
    });
    expect(arrived).not.toHaveBeenCalled();
  });
});

test("a PUT that is stopped while it waits for a free connection has certainly not arrived", async () => {
  const arrived = vi.fn();
  const { address } = await httpPeer(() => arrived());
  const transport = transportTo(`http://${address}`);
  const hanging = Array.from({ length: 32 }, () => transport.send(requestOf("GET")).catch(() => {}));
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(32), { timeout: 10_000, interval: 5 });
  const stopping = new AbortController();
  const stopped = transport.send({ ...requestOf("PUT"), signal: stopping.signal });
  stopping.abort();
  await expect(stopped).rejects.toMatchObject({ kind: "stopped", mayHaveArrived: false });
  await transport.close();
  await Promise.all(hanging);
  expect(arrived).toHaveBeenCalledTimes(32);
});

describe("a PUT whose connection stood may have arrived, whatever the code of the error that ended it", () => {
  test.each([
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENETDOWN",
    "EPROTO",
    "EPIPE",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "ERR_SSL_X",
  ])("%s", async (code) => {
    const arrived = vi.fn();
    const { address } = await httpPeer(() => arrived());
    const sockets: Socket[] = [];
    const notice = (message: unknown) => {
      if (typeof message !== "object" || message === null || !("socket" in message)) return;
      if (message.socket instanceof Socket) sockets.push(message.socket);
    };
    subscribe("undici:client:connected", notice);
    const failed = failureOf("PUT", clientOf(`http://${address}`));
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), { timeout: 10_000, interval: 5 });
    unsubscribe("undici:client:connected", notice);
    const socket = sockets.find(({ remotePort }) => address.endsWith(`:${remotePort}`));
    socket?.destroy(Object.assign(new Error(`read ${code}`), { code, syscall: "read" }));
    expect(await failed).toMatchObject({ code, mayHaveArrived: true, record: "in doubt" });
  });
});

describe("a PUT for which no connection came to stand certainly did not arrive", () => {
  const certain = { name: "ExchangeError", mayHaveArrived: false };
  const failed = (baseUrl: string, httpsProxy?: string) =>
    transportTo(baseUrl, {}, httpsProxy)
      .send(requestOf("PUT"))
      .catch((error: unknown) => error);

  /** A peer that does something of its own with each connection. */
  async function rawPeer(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      onConnection(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    opened.push({ close: async () => void server.close() });
    return addressOf(server.address());
  }

  const throughProxy = (httpsProxy: string) => failed("https://close.invalid", httpsProxy);

  /** The address of a proxy that answers CONNECT in its own way. */
  async function proxy(onConnect: (socket: Socket) => void): Promise<string> {
    const server = createHttpServer();
    server.on("connect", (_request, socket) => {
      socket.on("error", () => {});
      if (socket instanceof Socket) onConnect(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    opened.push({ close: async () => void server.close() });
    return `http://${addressOf(server.address())}`;
  }

  test("reset in the TLS handshake", async () => {
    const address = await rawPeer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await failed(`https://${address}`)).toMatchObject({
      code: "ECONNRESET",
      ...certain,
    });
  });

  test("ended in the TLS handshake", async () => {
    const address = await rawPeer((socket) => socket.once("data", () => socket.end()));
    expect(await failed(`https://${address}`)).toMatchObject(certain);
  });

  test.each([403, 407, 502])("the proxy refuses the tunnel with %i", async (status) => {
    const refusing = await proxy((socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
    expect(await throughProxy(refusing)).toMatchObject({
      message: expect.stringContaining(String(status)),
      ...certain,
    });
  });

  test("the proxy breaks the connection before the tunnel stands", async () => {
    const breaking = await proxy((socket) => socket.resetAndDestroy());
    expect(await throughProxy(breaking)).toMatchObject(certain);
  });

  test("the tunnel breaks in the TLS handshake", async () => {
    const breaking = await proxy((socket) => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      socket.once("data", () => socket.resetAndDestroy());
    });
    expect(await throughProxy(breaking)).toMatchObject(certain);
  });

  test("nothing listens at the proxy's address", async () => {
    const address = await rawPeer(() => {});
    await opened.pop()?.close();
    expect(await throughProxy(`http://${address}`)).toMatchObject({ code: "ECONNREFUSED", ...certain });
  });
});

test("an update follows its read on the same connection, and so do the next ones", async () => {
  const ports: (number | undefined)[] = [];
  const { address } = await httpPeer((incoming, response) => {
    ports.push(incoming.socket.remotePort);
    response.end("{}");
  });
  const transport = transportTo(`http://${address}`);
  for (let round = 0; round < 10; round++) {
    for (const method of methods) await transport.send(requestOf(method));
    // Another call does not come in the same turn.
    await setImmediate();
  }
  expect(ports).toHaveLength(20);
  expect(new Set(ports).size).toBe(1);
});

test.each([
  ["", `/opportunity/${id}/`],
  ["/", `/opportunity/${id}/`],
  ["/api/v1", `/api/v1/opportunity/${id}/`],
])("the path of a base URL that ends in %j goes before the request's", async (path, target) => {
  const targets: (string | undefined)[] = [];
  const { address } = await httpPeer((incoming, response) => {
    targets.push(incoming.url);
    response.end("{}");
  });
  await transportTo(`http://${address}${path}`).send(requestOf("GET"));
  expect(targets).toEqual([target]);
});

test("a redirect is an answer like any other", async () => {
  const { address } = await httpPeer((_request, response) => {
    response.writeHead(308, { location: "/elsewhere/" }).end();
  });
  const baseUrl = `http://${address}`;
  expect(await transportTo(baseUrl).send(requestOf("PUT"))).toMatchObject({
    status: 308,
    headers: { location: "/elsewhere/" },
  });
});

test("an answer that comes in pieces, after an informational one, is put together to its text", async () => {
  const { address } = await httpPeer((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    const bytes = Buffer.from('\ufeff{"name": "Zoë 📈"}');
    for (const byte of bytes) response.write(Buffer.of(byte));
    response.end();
  });
  const answer = await transportTo(`http://${address}`).send(requestOf("GET"));
  expect(answer).toMatchObject({ status: 200, body: '{"name": "Zoë 📈"}' });
  expect(answer.headers).not.toHaveProperty("link");
});
