import { createMiddleware } from "hono/factory";
import { basePath, type Env } from "../../../src/sandbox/http/app.ts";

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

/** Writes every request down as soon as it is complete. */
export function writtenDown(requests: SandboxRequest[]) {
  return createMiddleware<Env>(async (c, next) => {
    const rawBody = await c.req.raw.clone().text();
    const request: SandboxRequest = {
      method: c.req.method,
      path: pathOf(c.req.url),
      headers: Object.fromEntries(c.req.raw.headers),
      rawBody,
      body: parsed(rawBody),
      status: undefined,
      applied: false,
    };
    requests.push(request);
    c.set("onApplied", () => {
      request.applied = true;
    });
    await next();
    if (!c.env.incoming.socket.destroyed) request.status = c.res.status;
  });
}

/** Below the base path, with the query. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname.replace(basePath, "") + search;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
