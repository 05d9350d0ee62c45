import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Env } from "../../../src/sandbox/http/app.ts";

/** So many requests per window and endpoint group (method and path template); more are answered with 429. */
export type RateLimit = {
  limit: number;
  windowMs: number;
  /** Only requests of this method. */
  method?: string;
};

export type Windows = Map<string, { end: number; used: number }>;

/** Enforces the limit in fixed windows, and announces it with every answer as Close does. */
export function limited({ limit, windowMs, method }: RateLimit, windows: Windows) {
  return createMiddleware<Env>(async (c, next) => {
    if (method !== undefined && c.req.method !== method) return next();
    const group = `${c.req.method} ${routePath(c, -1)}`;
    const now = performance.now();
    const open = windows.get(group);
    const window = open && open.end > now ? open : { end: now + windowMs, used: 0 };
    window.used += 1;
    windows.set(group, window);
    const reset = (window.end - now) / 1000;
    if (window.used > limit) {
      const error = {
        message: "Too many requests in this period.",
        rate_limit_type: "key",
        rate_reset: reset,
      };
      c.res = c.json({ error }, 429, { "retry-after": `${Math.ceil(reset)}` });
    } else {
      await next();
    }
    const remaining = Math.max(0, limit - window.used);
    c.res.headers.set("RateLimit", `limit=${limit}, remaining=${remaining}, reset=${reset.toFixed(6)}`);
  });
}
