import type { HttpBindings } from "@hono/node-server";
import { createMiddleware } from "hono/factory";
import { bodyTooLarge } from "./errors.ts";

/** One request as it came over the wire, and what became of it. */
export type SandboxRequest = {
  method: string;
  /** Below the base path, with the query: /opportunity/oppo_x/ */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  rawBody: string;
  /** The parsed JSON, or undefined. */
  body: unknown;
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

/** A session with the sandbox may be long: only so many of its latest requests are kept. */
const maxRequests = 20_000;

/** Writes every request down, from its arrival on. */
export function writeDown(requests: SandboxRequest[]) {
  return createMiddleware<Env>(async (c, next) => {
    const { incoming } = c.env;
    const target = incoming.url ?? "";
    const exchange: SandboxRequest = {
      method: c.req.method,
      path: target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : target,
      headers: Object.fromEntries(c.req.raw.headers),
      rawBody: "",
      body: undefined,
      status: undefined,
      applied: false,
    };
    requests.push(exchange);
    if (requests.length > maxRequests) requests.splice(0, maxRequests / 2);
    c.set("exchange", exchange);
    c.set("ignored", []);
    await next();
    if (!incoming.socket.destroyed) exchange.status = c.res.status;
  });
}

const maxBodyBytes = 1_000_000;

/**
 * Reads the body to its end, also where it is too large to keep: a connection with an unread body could not be
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
  exchange.body = parseJson(exchange.rawBody);
  return size > maxBodyBytes ? c.json(bodyTooLarge, 413) : next();
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
