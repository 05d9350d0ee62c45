import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { routePath } from "hono/route";
import type { Organization } from "../data/records.ts";
import { listEvents } from "../queries/events.ts";
import { searchLeads } from "../queries/leads.ts";
import { listOpportunities, withFields } from "../queries/opportunities.ts";
import {
  contactAnswer,
  customFieldSchemaAnswer,
  leadAnswer,
  meAnswer,
  opportunityAnswer,
  pipelineAnswer,
  userAnswer,
} from "../rules/answers.ts";
import { logUpdate } from "../rules/events.ts";
import { parseOffset } from "../rules/time.ts";
import { updateOpportunity } from "../rules/update.ts";
import { isAuthorized } from "./credentials.ts";
import * as errors from "./error-bodies.ts";
import { basePath, type Env, readBody, type SandboxRequest, writeDown } from "./exchange.ts";
import { type Faults, faulty } from "./faults.ts";
import { type RateLimiter, rateLimitHeader } from "./rate-limit.ts";

export type Parts = {
  organization: Organization;
  requests: SandboxRequest[];
  faults: Faults;
  limiter: RateLimiter;
  now: () => Date;
};

/** The embedded Close: on the outside what happens on the way, inside what the server does, then its routes. */
export function closeApp({ organization, requests, faults, limiter, now }: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(writeDown(requests));
  app.use(readBody);
  app.use(faulty(faults));
  app.use(traced);
  app.use(`${basePath}/*`, slashed, authorized, limited(limiter));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => c.json(errors.methodRefused, 405, { allow: methods.join(", ") }),
    }),
  );
  app.notFound((c) => c.json(errors.noSuchPage, 404));

  const api = app.basePath(basePath);
  api.get("/opportunity/", (c) => {
    const found = listOpportunities(new URL(c.req.url).searchParams, organization);
    if (found instanceof Map) return c.json(errors.badParameters(found), 400);
    return page(c, found.opportunities, found.totals);
  });
  api.get("/opportunity/:id/", (c) => {
    const opportunity = organization.opportunities.get(c.req.param("id"));
    if (opportunity === undefined) return c.json(errors.noSuchOpportunity, 404);
    return c.json(opportunityAnswer(opportunity, organization));
  });
  api.put("/opportunity/:id/", (c) => {
    const before = organization.opportunities.get(c.req.param("id"));
    if (before === undefined) return c.json(errors.noSuchOpportunity, 404);
    if (!isJson(c.req.header("content-type"))) return c.json(errors.notJson, 415);
    const offsetHours = parseOffset(c.req.header("x-tz-offset"));
    if (offsetHours === undefined) return c.json(errors.badOffset, 400);
    const exchange = c.get("exchange");
    if (!isObject(exchange.body)) return c.json(errors.noJsonObject, 400);

    const body = without(exchange.body, c.get("ignored"));
    const after = updateOpportunity(before, { body, now: now(), offsetHours }, organization);
    if (after instanceof Map) return c.json(errors.invalid(after), 400);
    organization.opportunities.set(after.id, after);
    exchange.applied = after !== before;
    if (exchange.applied) {
      logUpdate(before, after, { moment: now(), method: "PUT", path: c.req.path }, organization);
    }
    return c.json(opportunityAnswer(after, organization));
  });
  api.post("/data/search/", (c) => {
    if (!isJson(c.req.header("content-type"))) return c.json(errors.notJson, 415);
    const { body } = c.get("exchange");
    if (!isObject(body)) return c.json(errors.noJsonObject, 400);
    const found = searchLeads(body, organization);
    return found instanceof Map ? c.json(errors.invalid(found), 400) : c.json(found);
  });
  api.get("/event/", (c) => {
    const found = listEvents(new URL(c.req.url).searchParams, organization, now());
    return found instanceof Map ? c.json(errors.badParameters(found), 400) : c.json(found);
  });
  api.get("/lead/:id/", (c) => {
    const lead = organization.leads.find(({ id }) => id === c.req.param("id"));
    if (lead === undefined) return c.json(errors.noSuchLead, 404);
    return c.json(withFields(leadAnswer(lead, organization), c.req.query("_fields")));
  });
  api.get("/contact/", (c) => {
    const leadId = c.req.query("lead_id");
    const contacts = organization.contacts.filter(({ lead_id }) => (leadId ?? lead_id) === lead_id);
    return page(
      c,
      contacts.map((contact) => withFields(contactAnswer(contact, organization), c.req.query("_fields"))),
    );
  });
  api.get("/contact/:id/", (c) => {
    const contact = organization.contacts.find(({ id }) => id === c.req.param("id"));
    if (contact === undefined) return c.json(errors.noSuchContact, 404);
    return c.json(withFields(contactAnswer(contact, organization), c.req.query("_fields")));
  });
  api.get("/pipeline/", (c) =>
    page(
      c,
      organization.pipelines.map((pipeline) => pipelineAnswer(pipeline, organization)),
    ),
  );
  api.get("/user/", (c) =>
    page(
      c,
      organization.users.map((user) => userAnswer(user, organization)),
      { total_results: organization.users.length },
    ),
  );
  api.get("/custom_field_schema/opportunity/", (c) => c.json(customFieldSchemaAnswer(organization)));
  api.get("/me/", (c) => c.json(meAnswer(organization)));
  return app;
}

const traced = createMiddleware<Env>(async (c, next) => {
  await next();
  c.res.headers.set("trace-id", randomBytes(16).toString("hex"));
});

/** Close redirects a path without its trailing slash (seen by clients). */
const slashed = createMiddleware<Env>(async (c, next) => {
  const url = new URL(c.req.url);
  if (url.pathname.endsWith("/")) return next();
  url.pathname += "/";
  return c.redirect(url.href, 308);
});

const authorized = createMiddleware<Env>(async (c, next) => {
  if (isAuthorized(c.req.header("authorization"))) return next();
  return c.json(errors.unauthorized, 401);
});

function limited(limiter: RateLimiter) {
  return createMiddleware<Env>(async (c, next) => {
    const allowance = limiter.take(`${c.req.method} ${routePath(c, -1)}`);
    if (allowance.exceeded) {
      c.res = c.json(errors.rateLimited(allowance), 429, { "retry-after": `${Math.ceil(allowance.reset)}` });
    } else {
      await next();
    }
    c.res.headers.set("RateLimit", rateLimitHeader(allowance));
  });
}

/** Beyond its maximum Close answers 400; the maximum differs by resource (Close's documentation, which states none). */
const maxLimit = 200;

/** A page of a list: at most `_limit` (100 by default) after the first `_skip` (Close's documentation). */
function page(
  c: Context<Env>,
  items: readonly Record<string, unknown>[],
  totals: Record<string, unknown> = {},
) {
  const limit = c.req.query("_limit") ?? "100";
  const skip = c.req.query("_skip") ?? "0";
  const areNumbers = /^\d+$/.test(limit) && /^\d+$/.test(skip);
  if (!areNumbers || Number(limit) > maxLimit) return c.json(errors.badPage(maxLimit), 400);
  const end = Number(skip) + Number(limit);
  return c.json({ data: items.slice(Number(skip), end), has_more: end < items.length, ...totals });
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without(body: Record<string, unknown>, ignored: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !ignored.includes(key)));
}
