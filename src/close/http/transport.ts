import { setImmediate } from "node:timers/promises";
import type { buildConnector, Dispatcher, Pool } from "undici";
import type { Proxies } from "../../config.ts";

/** POST is for searching alone, and changes nothing. */
export type Method = "GET" | "POST" | "PUT";

/** One HTTP request to Close. `path` is below the base URL and ends in a slash before its query: otherwise Close redirects. */
export type HttpRequest = {
  method: Method;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
  signal: AbortSignal;
};

/** What came back. Header names are in lower case. */
export type HttpAnswer = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
};

/** In milliseconds, each for one request. */
export type Timeouts = { connect: number; headers: number; body: number };

const defaultTimeouts: Timeouts = { connect: 10_000, headers: 15_000, body: 15_000 };

/**
 * How long an idle connection is kept, in milliseconds: a person's next sentence comes within it. If Close has closed it
 * in the meantime, it is a read that finds out and is tried again: no update is the first on a connection.
 */
const maxIdleMs = 30_000;

/** In bytes. Larger bodies are refused without reading the rest: no opportunity and no page of a list comes near. */
const maxAnswerBytes = 5 * 1024 * 1024;

/** No answer came, or none that could be taken in. */
export class ExchangeError extends Error {
  override name = "ExchangeError";
  readonly kind: "network" | "timeout" | "too large" | "stopped";
  /** The system's or undici's code, such as ECONNREFUSED. */
  readonly code: string;
  /** False only if no connection was established that the request could have been sent on. */
  readonly mayHaveArrived: boolean;

  constructor(cause: unknown, signal: AbortSignal, { mayHaveArrived }: { mayHaveArrived: boolean }) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.code = codeOf(cause);
    this.kind = kindOf(this.code, signal);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** A way to send single requests to one API. */
export type Transport = {
  /**
   * Sends one request, once, and reads the whole answer. Redirects are answers like any other.
   *
   * @throws ExchangeError if no answer came, or one past the size limit.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Loads undici, which the first request would otherwise wait for. */
  warmUp(): Promise<void>;
  /** Closes the connections. */
  close(): Promise<void>;
};

/** A keep-alive pool to one API. Its proxies are used, except for this machine's own addresses. */
export function createTransport(
  baseUrl: string,
  { proxies = {}, timeouts = defaultTimeouts }: { proxies?: Proxies; timeouts?: Timeouts } = {},
): Transport {
  const options = {
    connections: 32,
    connect: { timeout: timeouts.connect },
    keepAliveTimeout: maxIdleMs,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
    maxResponseSize: maxAnswerBytes,
  };
  const { origin, pathname } = new URL(baseUrl);
  const basePath = pathname.replace(/\/$/, "");
  const isLoopback = baseUrl.startsWith("http:");
  let opening: Promise<Dispatcher> | undefined;
  const connectFailures = new WeakSet<Error>();
  const open = () => {
    opening ??= import("undici").then(({ Agent, EnvHttpProxyAgent, Pool, buildConnector }) => {
      const factory = (url: string | URL, { connect, ...rest }: Pool.Options) => {
        const connector = typeof connect === "function" ? connect : buildConnector({ ...connect });
        return new Pool(url, { ...rest, connect: noting(connectFailures, connector) });
      };
      if (isLoopback) return new Agent({ ...options, factory });
      // An option that is undefined would be read from the environment, as it is there.
      const { httpsProxy = "", httpProxy = "", noProxy = "" } = proxies;
      return new EnvHttpProxyAgent({ ...options, factory, httpsProxy, httpProxy, noProxy });
    });
    return opening;
  };
  return {
    async send({ method, path, headers, body, signal }) {
      const dispatcher = await open();
      try {
        const target = { origin, path: basePath + path };
        const answer = await exchange(dispatcher, { ...target, method, headers, body }, signal);
        // undici has the connection back in the next turn: an update that follows its read would open another one.
        if (method === "GET") await setImmediate();
        return answer;
      } catch (error) {
        const neverConnected = error instanceof Error && connectFailures.has(error);
        const mayHaveArrived = !neverConnected && !(error instanceof NeverSent);
        throw new ExchangeError(error, signal, { mayHaveArrived });
      }
    },
    warmUp: async () => void (await open()),
    close: async () => (await opening)?.destroy(),
  };
}

class NeverSent extends Error {}

/** Sends one request and collects its answer. The stream that `dispatcher.request()` makes of each takes longer. */
function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let headers: HttpAnswer["headers"] = {};
    const chunks: Buffer[] = [];
    let sending: Dispatcher.DispatchController | undefined;
    const stop = () => {
      if (sending !== undefined) return sending.abort(signal.reason);
      // It waits for a connection, and is not sent once there is one.
      end();
      reject(new NeverSent("aborted before it was sent", { cause: signal.reason }));
    };
    const end = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    if (signal.aborted) return stop();
    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        sending = controller;
        if (signal.aborted) controller.abort(signal.reason);
      },
      // Also called for informational answers (1xx), which come before the real one.
      onResponseStart(_controller, statusCode, received) {
        status = statusCode;
        headers = flatten(received);
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        end();
        resolve({ status, headers, body: utf8.decode(Buffer.concat(chunks)) });
      },
      onResponseError(_controller, error) {
        end();
        reject(error);
      },
    });
  });
}

/** Leaves a byte order mark out. */
const utf8 = new TextDecoder();

/**
 * The connector, which adds to `failures` every error that left it without a connection: in looking up, connecting, a
 * proxy's refusal or the TLS handshake. An error's code does not show that: on an established connection, too, a
 * read can end in EHOSTUNREACH or ECONNRESET.
 */
function noting(failures: WeakSet<Error>, connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [error] = result;
      if (error instanceof Error) failures.add(error);
      callback(...result);
    });
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error instanceof Error ? error.name : "unknown";
}

function kindOf(code: string, signal: AbortSignal): ExchangeError["kind"] {
  if (signal.aborted) return "stopped";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return "too large";
  return timedOut.has(code) ? "timeout" : "network";
}

const timedOut: ReadonlySet<string> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) flat[name] = String(value);
  return flat;
}
