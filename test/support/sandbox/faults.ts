import { setTimeout } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Env } from "../../../src/sandbox/http/app.ts";
import { pathOf } from "./requests.ts";

/** Something that goes wrong on the way to Close or in it. */
export type Fault = {
  /** Only requests of this method. */
  method?: string;
  /** Only requests whose path below the base path (query included) starts so, or matches. */
  path?: string | RegExp;
  /** How many matching requests it hits: 1 by default; Infinity for all. */
  times?: number;
  /** What happens in Close when such a request arrives, before anything becomes of it: a colleague's change. */
  meanwhile?: () => void;
} & (
  | {
      kind: "latency";
      ms: number;
      /** Is the time lost before the request is carried out (the default), or after, before it is answered? */
      when?: "before" | "after";
    }
  | {
      kind: "answer";
      status: number;
      /** The content-type is application/json by default. */
      headers?: Record<string, string>;
      body?: string;
      /** Is the request carried out, before this answer replaces the real one? */
      applied?: boolean;
    }
  | {
      kind: "reset";
      /**
       * before: the connection breaks and nothing is carried out; after: it is carried out and not answered;
       * during: it is carried out, and the connection breaks halfway through the answer's body.
       */
      when: "before" | "after" | "during";
    }
  | {
      kind: "ignore";
      /** Keys of a PUT's body, as sent, that change nothing although the answer is 200. */
      keys: string[];
    }
  | {
      kind: "drift";
      /** What becomes of the JSON of a 200 answer. */
      change: (answer: unknown) => unknown;
    }
);

/** An armed fault, and how many matching requests it is yet to hit. */
export type Armed = { fault: Fault; left: number };

/** The fault that hits this request, if any: the first armed that matches. One of its times is used up. */
function take(armed: Set<Armed>, method: string, path: string): Fault | undefined {
  for (const entry of armed) {
    if (!hits(entry.fault, method, path)) continue;
    entry.left -= 1;
    if (entry.left <= 0) armed.delete(entry);
    return entry.fault;
  }
  return undefined;
}

function hits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  const { path: wanted = "" } = fault;
  return typeof wanted === "string" ? path.startsWith(wanted) : path.search(wanted) !== -1;
}

/** Lets the armed faults happen. */
export function faulty(armed: Set<Armed>) {
  return createMiddleware<Env>(async (c, next) => {
    const fault = take(armed, c.req.method, pathOf(c.req.url));
    fault?.meanwhile?.();
    switch (fault?.kind) {
      case "latency":
        if (fault.when !== "after") {
          // Afterwards it cannot be read any more if the caller has hung up.
          await c.req.text();
          await lose(fault.ms);
        }
        await next();
        if (fault.when === "after") await lose(fault.ms);
        return;
      case "answer":
        if (fault.applied) await next();
        replaceAnswer(c, answerOf(fault));
        return;
      case "reset":
        if (fault.when !== "before") await next();
        if (fault.when === "during") await breakHalfway(c);
        else breakConnection(c);
        return;
      case "ignore":
        c.req.raw = await without(fault.keys, c.req.raw);
        await next();
        return;
      case "drift":
        await next();
        if (c.res.status === 200) {
          replaceAnswer(c, Response.json(fault.change(await c.res.json()), { headers: c.res.headers }));
        }
        return;
      default:
        await next();
    }
  });
}

async function without(keys: readonly string[], request: Request): Promise<Request> {
  const body: Record<string, unknown> = JSON.parse(await request.text());
  for (const key of keys) delete body[key];
  const { url, method, headers } = request;
  return new Request(url, { method, headers, body: JSON.stringify(body) });
}

/** A wait that keeps no process alive. */
function lose(ms: number): Promise<void> {
  return setTimeout(ms, undefined, { ref: false });
}

function answerOf({ status, headers, body }: Extract<Fault, { kind: "answer" }>): Response {
  const answer = new Response(body ?? null, { status, headers: { "content-type": "application/json" } });
  for (const [name, value] of Object.entries(headers ?? {})) answer.headers.set(name, value);
  return answer;
}

/** Hono would carry headers of the answer there was over to the new one. */
function replaceAnswer(c: Context<Env>, answer: Response): void {
  c.res = undefined;
  c.res = answer;
}

function breakConnection(c: Context<Env>): void {
  c.env.incoming.socket.resetAndDestroy();
  replaceAnswer(c, RESPONSE_ALREADY_SENT);
}

async function breakHalfway(c: Context<Env>): Promise<void> {
  const { status, headers } = c.res;
  const body = Buffer.from(await c.res.arrayBuffer());
  const { outgoing } = c.env;
  outgoing.writeHead(status, { ...Object.fromEntries(headers), "content-length": body.length });
  outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  replaceAnswer(c, new Response(null, { status, headers: RESPONSE_ALREADY_SENT.headers }));
}
