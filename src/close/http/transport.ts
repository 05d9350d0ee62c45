import { setImmediate } from "node:timers/promises";
import type { Agent, buildConnector, Dispatcher, Pool } from "undici";
import { type JsonObject, parseObject } from "../../base/json.ts";
import type { Config } from "../../config.ts";
import { remedyFor } from "./lasting-faults.ts";

/** POST is for searching alone, and changes nothing. */
type Method = "GET" | "POST" | "PUT";

/** A request to Close. `path` is below the base URL and ends in a slash before its query: otherwise Close redirects. */
export type CloseRequest = { method: Method; path: string; body?: JsonObject };

/** What came back. Header names are in lower case, `json` is the object in the body if there is one. */
export type Answer = {
  /** When the request was sent, in milliseconds of `performance.now()`: what happened after that may not show. */
  sentAt: number;
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  json: JsonObject | undefined;
};

/** In milliseconds, each for one request. */
const defaultTimeouts = { connect: 10_000, headers: 15_000, body: 15_000 };
export type Timeouts = typeof defaultTimeouts;

/** How long an idle connection is kept, in milliseconds. If Close has closed it since, it is a read that finds out. */
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
  /** What to do about a fault that will not pass by itself; undefined if it may. */
  readonly remedy: string | undefined;

  /** @param isProxys whether it is the proxy that could not be reached, or would not connect. */
  constructor(
    cause: unknown,
    signal: AbortSignal,
    { mayHaveArrived, isProxys = false }: { mayHaveArrived: boolean; isProxys?: boolean },
  ) {
    const error: Error & { code?: unknown; reason?: unknown } =
      cause instanceof Error ? cause : new Error(String(cause));
    // OpenSSL's own words are among addresses and places in its source: it has them in `reason` too.
    super(typeof error.reason === "string" ? error.reason : error.message, { cause });
    this.code = typeof error.code === "string" ? error.code : error.name;
    this.kind = kindOf(this.code, signal);
    this.mayHaveArrived = mayHaveArrived;
    this.remedy = this.kind === "stopped" ? undefined : remedyFor(this.code, this.message, isProxys);
  }
}

/** What came of a request that was sent. */
export type Outcome = Answer | ExchangeError;

/**
 * Why there is no connection: looking up, connecting, a proxy's refusal or the TLS handshake failed. An error's code does not
 * show that: on an established connection, too, a read can end in EHOSTUNREACH or ECONNRESET. And undici would connect again
 * at once, for ever, where a proxy hangs up: by its code it takes that for a connection that broke later.
 */
class NoConnection extends Error {
  readonly isProxys: boolean;

  constructor(cause: Error, isProxys: boolean) {
    super(cause.message, { cause });
    this.isProxys = isProxys;
  }
}

/** A way to send single requests to one API. */
export type Transport = ReturnType<typeof createTransport>;

/** A keep-alive pool to one API. Its proxies are used, except for this machine's own addresses. */
export function createTransport(
  baseUrl: string,
  { proxies = {}, timeouts = defaultTimeouts }: { proxies?: Partial<Config["proxies"]>; timeouts?: Timeouts } = {},
) {
  const { origin, pathname } = new URL(baseUrl);
  const basePath = pathname.replace(/\/$/, "");
  let pool: Promise<Dispatcher> | undefined;

  /** Loaded for the first request: a host waits for `tools/list`, which takes none. */
  async function createPool(): Promise<Dispatcher> {
    const { Agent, buildConnector, EnvHttpProxyAgent, Pool } = await import("undici");
    const connecting = { timeout: timeouts.connect };
    const options: Agent.Options = {
      connections: 32,
      connect: connecting,
      keepAliveTimeout: maxIdleMs,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.body,
      maxResponseSize: maxAnswerBytes,
      factory: (url, { connect, ...rest }: Pool.Options) => {
        // What connects to a proxy first is a function.
        const isTunnel = typeof connect === "function";
        const connector = isTunnel ? connect : buildConnector({ ...connect });
        const isProxys = ({ name, code }: NodeJS.ErrnoException) => /^UND_ERR|HTTPParser/.test(code ?? name);
        return new Pool(url, { ...rest, connect: marking(connector, (error) => isTunnel && isProxys(error)) });
      },
    };
    if (origin.startsWith("http:")) return new Agent(options);
    // An option that is undefined would be read from the environment, as it is there.
    const { httpsProxy = "", httpProxy = "", noProxy = "" } = proxies;
    const clientFactory = (proxy: URL) => new Pool(proxy, { connect: marking(buildConnector(connecting), () => true) });
    return new EnvHttpProxyAgent({ ...options, clientFactory, httpsProxy, httpProxy, noProxy });
  }

  return {
    /** Sends one request, once. Redirects are answers too. @throws ExchangeError if none came, or one too large. */
    async send(
      { method, path, body }: CloseRequest,
      options: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
    ): Promise<Answer> {
      pool ??= createPool();
      const dispatcher = await pool;
      const sentAt = performance.now();
      try {
        const request = { origin, path: basePath + path, method, body: body ? JSON.stringify(body) : null, ...options };
        const answer = await dispatcher.request(request);
        const text = await answer.body.text();
        // undici has the connection back in the next turn: an update that follows its read would open another one.
        if (method === "GET") await setImmediate();
        const named = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        const headers = Object.fromEntries(named);
        return { sentAt, status: answer.statusCode, headers, body: text, json: parseObject(text) };
      } catch (error) {
        const { signal } = options;
        if (!(error instanceof NoConnection)) throw new ExchangeError(error, signal, { mayHaveArrived: true });
        throw new ExchangeError(error.cause, signal, { mayHaveArrived: false, isProxys: error.isProxys });
      }
    },
    close: async () => (await pool)?.destroy(),
  };
}

/** The connector, whose errors are then marked as those of a connection that was never made. */
function marking(connect: buildConnector.connector, isProxys: (error: Error) => boolean): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [error] = result;
      if (error === null) callback(...result);
      else callback(error instanceof NoConnection ? error : new NoConnection(error, isProxys(error)), null);
    });
}

function kindOf(code: string, signal: AbortSignal): ExchangeError["kind"] {
  if (signal.aborted) return "stopped";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return "too large";
  return /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(code) ? "timeout" : "network";
}
