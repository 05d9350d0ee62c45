import type { HttpBindings } from "@hono/node-server";
import { createMiddleware } from "hono/factory";
import { isAuthorized } from "./credentials.ts";
import { bodyTooLarge } from "./error-bodies.ts";

/** One request as it came over the wire, and what became of it. */
export type SandboxRequest = {
  method: string;
  /** Below the base path, with the query: /opportunity/oppo_x/ */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  rawBody: string;
  /** The parsed JSON, or undefined. */
  readonly body: unknown;
  /** What was answered; undefined before and without an answer. */
  status: number | undefined;
  /** A PUT that changed the opportunity. */
  applied: boolean;
};

export type Env = {
  Bindings: HttpBindings;
  Variables: {
    exchange: SandboxRequest;
    /** Keys of the body that a fault keeps from having an effect. */
    ignored: readonly string[];
  };
};

export const basePath = "/api/v1";

/** A session with the sandbox may be long: of more requests than these the older half is forgotten. */
const maxRequests = 20_000;
const maxKeptCharacters = 16_000_000;

/** Writes every request down from its arrival on, and keeps the authorized ones. */
export function writeDown(requests: SandboxRequest[]) {
  let characters = 0;

  function count(exchange: SandboxRequest): void {
    characters += sizeOf(exchange);
    if (requests.length <= maxRequests && characters <= maxKeptCharacters) return;
    requests.splice(0, Math.ceil(requests.length / 2));
    characters = requests.reduce((sum, kept) => sum + sizeOf(kept), 0);
  }

  return createMiddleware<Env>(async (c, next) => {
    const { incoming } = c.env;
    const target = incoming.url ?? "";
    const exchange: SandboxRequest = {
      method: c.req.method,
      path: target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : target,
      headers: Object.fromEntries(c.req.raw.headers),
      rawBody: "",
      // Not kept: parsed, some texts take ten times the memory.
      get body() {
        return parseJson(this.rawBody);
      },
      status: undefined,
      applied: false,
    };
    c.set("exchange", exchange);
    c.set("ignored", []);
    const isKept = isAuthorized(c.req.header("authorization"));
    // Whoever started the sandbox may have emptied the list.
    if (requests.length === 0) characters = 0;
    if (isKept) requests.push(exchange);
    await next();
    if (isKept) count(exchange);
    if (!incoming.socket.destroyed) exchange.status = c.res.status;
  });
}

const maxBodyBytes = 1_000_000;

/**
 * Reads the body to its end, even if it is too large to keep: a connection with an unread body could not be
 * used again, and a fault that breaks the connection is to meet a complete request.
 */
export const readBody = createMiddleware<Env>(async (c, next) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  const exchange = c.get("exchange");
  exchange.rawBody = Buffer.concat(chunks).toString();
  return size > maxBodyBytes ? c.json(bodyTooLarge, 413) : next();
});

function sizeOf({ path, headers, rawBody }: SandboxRequest): number {
  return path.length + Object.entries(headers).flat().join("").length + rawBody.length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
