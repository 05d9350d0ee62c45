import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
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

const path = `/opportunity/${id}/`;

function send(transport: ReturnType<typeof createTransport>, method: Method, call = new AbortController()) {
  const request = method === "PUT" ? { method, path, body: { confidence: 5 } } : { method, path };
  return transport.send(request, { headers: {}, signal: call.signal });
}

/** What became of a request that has to fail. */
async function failureOf(
  method: Method,
  baseUrl: string,
  limits: Partial<Timeouts> = {},
  call = new AbortController(),
): Promise<ExchangeError> {
  const error = await send(transportTo(baseUrl, limits), method, call).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ExchangeError) return error;
  throw new Error(`Not the failure of an exchange: ${String(error)}`);
}

describe.concurrent.each(methods)("a %s", (method) => {
  test("that gets no answer in time may have arrived, as may one whose answer stops halfway", async () => {
    const silent = await httpPeer(() => {});
    const halfway = await httpPeer((_request, response) => void response.writeHead(200).write('{"id": '));
    const timedOut = { kind: "timeout", mayHaveArrived: true };
    expect(await failureOf(method, `http://${silent.address}`, { headers: 60 })).toMatchObject(timedOut);
    expect(await failureOf(method, `http://${halfway.address}`, { body: 60 })).toMatchObject(timedOut);
  });

  test("that gets no secure connection certainly did not arrive", async () => {
    const mute = await mutePeer();
    const plain = await httpPeer((_request, response) => response.end("{}"));
    const tooLate = await failureOf(method, `https://${mute.address}`, { connect: 60 });
    expect(tooLate).toMatchObject({ kind: "timeout", mayHaveArrived: false });
    const refused = await failureOf(method, `https://${plain.address}`);
    expect(refused).toMatchObject({ kind: "network", mayHaveArrived: false });
  });

  test("to a port where nothing listens, or a name that does not exist, certainly did not arrive", async () => {
    const peer = await startMutePeer();
    await peer.close();
    const closed = await failureOf(method, `http://${peer.address}`);
    expect(closed).toMatchObject({ kind: "network", code: "ECONNREFUSED", mayHaveArrived: false });
    expect(await failureOf(method, "https://close.invalid")).toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      mayHaveArrived: false,
    });
  });

  test("answered with a body of 5 MB is read whole, and one past that is broken off", async () => {
    const largest = 5 * 1024 * 1024;
    const { address } = await httpPeer((_request, response) => response.end(Buffer.alloc(largest, "x")));
    expect((await send(transportTo(`http://${address}`), method)).body).toHaveLength(largest);
    for (const headers of [{ "content-length": `${largest + 1}` }, {}]) {
      const larger = await httpPeer((_request, response) => {
        response.writeHead(200, headers).end(Buffer.alloc(largest + 1, "x"));
      });
      const error = await failureOf(method, `http://${larger.address}`);
      expect(error).toMatchObject({ kind: "too large", mayHaveArrived: true });
    }
  });

  test("is stopped when its call ends, and lets go of the connection", async () => {
    const arrived = vi.fn();
    const peer = await httpPeer(() => arrived());
    const call = new AbortController();
    const failed = failureOf(method, `http://${peer.address}`, {}, call);
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), { timeout: 10_000, interval: 5 });
    call.abort();
    expect(await failed).toMatchObject({ kind: "stopped", mayHaveArrived: true });
    await vi.waitFor(() => expect(peer.open()).toBe(0), { timeout: 10_000, interval: 5 });
  });
});

describe("a PUT whose connection stood may have arrived, whatever the code of the error that ended it", () => {
  test.each(["EHOSTUNREACH", "ECONNREFUSED"])("%s", async (code) => {
    const arrived = vi.fn();
    const { address } = await httpPeer(() => arrived());
    const sockets: Socket[] = [];
    const notice = (message: unknown) => {
      if (typeof message !== "object" || message === null || !("socket" in message)) return;
      if (message.socket instanceof Socket) sockets.push(message.socket);
    };
    subscribe("undici:client:connected", notice);
    const failed = failureOf("PUT", `http://${address}`);
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), { timeout: 10_000, interval: 5 });
    unsubscribe("undici:client:connected", notice);
    const socket = sockets.find(({ remotePort }) => address.endsWith(`:${remotePort}`));
    socket?.destroy(Object.assign(new Error(`read ${code}`), { code, syscall: "read" }));
    expect(await failed).toMatchObject({ code, mayHaveArrived: true });
  });
});

describe("a PUT for which no connection came to stand certainly did not arrive", () => {
  const certain = { name: "ExchangeError", mayHaveArrived: false };
  const failed = (baseUrl: string, httpsProxy?: string) =>
    send(transportTo(baseUrl, {}, httpsProxy), "PUT").catch((error: unknown) => error);

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
  async function proxy(onConnect: (socket: Socket) => unknown): Promise<string> {
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

  const reset = (socket: Socket) => socket.resetAndDestroy();

  test("reset or ended in the TLS handshake", async () => {
    for (const end of [reset, (socket: Socket) => socket.end()]) {
      const address = await rawPeer((socket) => socket.once("data", () => end(socket)));
      expect(await failed(`https://${address}`)).toMatchObject(certain);
    }
  });

  test.each<[string, (socket: Socket) => unknown, string]>([
    ["refuses the tunnel", (socket) => socket.end("HTTP/1.1 407 No\r\n\r\n"), "407"],
    ["breaks the connection before the tunnel stands", reset, ""],
    // Which is no reason to ask it again, a thousand times a second.
    ["hangs up before the tunnel stands", (socket) => socket.end(), "closed"],
    [
      "breaks the tunnel in the TLS handshake",
      (socket) => {
        socket.write("HTTP/1.1 200 Connected\r\n\r\n");
        socket.once("data", () => reset(socket));
      },
      "",
    ],
  ])("the proxy %s", async (_what, onConnect, said) => {
    const message = expect.stringContaining(said);
    expect(await throughProxy(await proxy(onConnect))).toMatchObject({ ...certain, message });
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
    for (const method of methods) await send(transport, method);
    // Another call does not come in the same turn.
    await setImmediate();
  }
  expect(ports).toHaveLength(20);
  expect(new Set(ports).size).toBe(1);
});

test.each([
  ["", path],
  ["/", path],
  ["/api/v1", `/api/v1${path}`],
])("the path of a base URL that ends in %j goes before the request's", async (base, target) => {
  const targets: (string | undefined)[] = [];
  const { address } = await httpPeer((incoming, response) => {
    targets.push(incoming.url);
    response.end("{}");
  });
  await send(transportTo(`http://${address}${base}`), "GET");
  expect(targets).toEqual([target]);
});

test("an answer that comes in pieces, after an informational one, is put together to its text", async () => {
  const { address } = await httpPeer((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    const bytes = Buffer.from('\ufeff{"name": "Zoë 📈"}');
    for (const byte of bytes) response.write(Buffer.of(byte));
    response.end();
  });
  const answer = await send(transportTo(`http://${address}`), "GET");
  expect(answer).toMatchObject({ status: 200, body: '{"name": "Zoë 📈"}' });
  expect(answer.headers).not.toHaveProperty("link");
});
