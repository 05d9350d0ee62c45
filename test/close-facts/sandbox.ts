import { createMiddleware } from "hono/factory";
import { z } from "zod/v3";
import type { Env } from "../../src/sandbox/http/app.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { limited } from "../support/sandbox/rate-limit.ts";
import { creation } from "./creation.ts";

/** What is answered in place of an opportunity: a fact about Close that is made false. */
export type Lie = (
  opportunity: Record<string, unknown>,
  request: { method: string; body: string },
) => Record<string, unknown>;

/** A sandbox in which records can be made and removed. Where it does not lie, its rate limit is one that the checks run into. */
export async function startTrialSandbox(lie?: Lie): Promise<Sandbox> {
  const making = creation(() => sandbox.organization);
  const madeOrRemoved = createMiddleware<Env>(async (c, next) => {
    const isMade = c.req.method === "POST" && /\/(lead|opportunity)\/$/.test(c.req.path);
    return isMade || c.req.method === "DELETE" ? making.fetch(c.req.raw, c.env) : next();
  });
  const sandbox = await startSandbox({ middleware: [lie === undefined ? busy : lying(lie), madeOrRemoved] });
  return sandbox;
}

const busy = limited({ limit: 20, windowMs: 300 }, new Map());

const lying = (lie: Lie) =>
  createMiddleware<Env>(async (c, next) => {
    const body = await c.req.raw.clone().text();
    await next();
    const isOpportunity = /\/opportunity\/oppo_\w+\/$/.test(c.req.path) && c.res.status === 200;
    if (!isOpportunity) return;
    c.res = Response.json(lie(z.record(z.unknown()).parse(await c.res.json()), { method: c.req.method, body }), c.res);
  });
