import { randomBytes } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { Organization } from "../data/records.ts";
import { listEvents } from "../queries/events.ts";
import { searchObjects } from "../queries/leads.ts";
import { listOpportunities } from "../queries/opportunities.ts";
import {
  type Answer,
  contactAnswer,
  customFieldSchemaAnswer,
  meAnswer,
  opportunityAnswer,
  organizationAnswer,
  pipelineAnswer,
  userAnswer,
} from "../rules/answers.ts";
import { logUpdate } from "../rules/events.ts";
import { badFields, badParameter, Refusal } from "../rules/refusal.ts";
import { parseOffset } from "../rules/time.ts";
import { updateOpportunity } from "../rules/update.ts";
import { isAuthorized } from "./credentials.ts";

export type Env = {
  Bindings: HttpBindings;
  Variables: {
    /** Is called once the request has changed an opportunity, whatever becomes of the answer. */
    onApplied?: () => void;
  };
};

export type Parts = {
  organization: Organization;
  now: () => Date;
  /** What happens to a request on its way, outermost first. */
  middleware: readonly MiddlewareHandler<Env>[];
};

export const basePath = "/api/v1";

/** The embedded Close. */
export function closeApp({ organization, now, middleware }: Parts): Hono<Env> {
  const app = new Hono<Env>();
  for (const each of middleware) app.use(each);
  app.use(withCloseHeaders(now));
  app.use(`${basePath}/*`, authorized);
  app.notFound((c) => c.json({ error: "Not found." }, 404));
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    return c.json(error.body, error.status);
  });

  const opportunityOf = (id: string) => {
    const found = organization.opportunities.get(id);
    if (found !== undefined) return found;
    throw new Refusal(404, { error: "Empty query: Opportunity matching query does not exist." });
  };

  const api = app.basePath(basePath);
  api.get("/opportunity/", (c) => {
    const { opportunities, totals } = listOpportunities(c.req.query(), organization);
    return page(c, opportunities, totals);
  });
  api.get("/opportunity/:id/", (c) => c.json(opportunityAnswer(opportunityOf(c.req.param("id")), organization)));
  api.put("/opportunity/:id/", async (c) => {
    const body = await readBody(c);
    const offsetHours = parseOffset(c.req.header("x-tz-offset"));
    if (offsetHours === undefined) throw badParameter("x-tz-offset", "Must be a UTC offset in hours.");
    const before = opportunityOf(c.req.param("id"));
    const after = updateOpportunity(before, { body, now: now(), offsetHours }, organization);
    if (after instanceof Map) throw badFields(after);
    organization.opportunities.set(after.id, after);
    if (after !== before) {
      logUpdate(before, after, now(), organization);
      c.get("onApplied")?.();
    }
    return c.json(opportunityAnswer(after, organization));
  });
  api.post("/data/search/", async (c) => c.json(searchObjects(await readBody(c), organization)));
  api.get("/event/", (c) => c.json(listEvents(c.req.query(), organization)));
  api.get("/contact/", (c) => {
    const contacts = organization.contacts.map((contact) => contactAnswer(contact, organization));
    return page(
      c,
      contacts.filter(({ lead_id }) => lead_id === c.req.query("lead_id")),
    );
  });
  api.get("/pipeline/", (c) => {
    const pipelines = organization.pipelines.map((pipeline) => pipelineAnswer(pipeline, organization));
    return page(c, pipelines);
  });
  api.get("/user/", (c) => {
    const users = organization.users.map((user) => userAnswer(user, organization));
    return page(c, users, { total_results: users.length });
  });
  api.get("/custom_field_schema/opportunity/", (c) => c.json(customFieldSchemaAnswer(organization)));
  api.get("/organization/:id/", (c) => {
    if (c.req.param("id") !== organization.id) return c.notFound();
    return c.json(organizationAnswer(organization));
  });
  api.get("/me/", (c) => c.json(meAnswer(organization)));
  return app;
}

/** Close announces its rate limit with every answer (its documentation); nothing exceeds this one. */
const withCloseHeaders = (now: () => Date) =>
  createMiddleware<Env>(async (c, next) => {
    await next();
    c.res.headers.set("date", now().toUTCString());
    c.res.headers.set("trace-id", randomBytes(16).toString("hex"));
    c.res.headers.set("RateLimit", "limit=1000, remaining=999, reset=60.5");
  });

const authorized = createMiddleware<Env>(async (c, next) => {
  if (isAuthorized(c.req.header("authorization"))) return next();
  const error = "The server could not verify that you are authorized to access this URL with these credentials.";
  throw new Refusal(401, { error });
});

async function readBody(c: Context<Env>): Promise<Answer> {
  const isJson = c.req.header("content-type")?.startsWith("application/json");
  const body: unknown = isJson ? await c.req.json().catch(() => undefined) : undefined;
  if (isObject(body)) return body;
  throw new Refusal(400, { error: "The request body must be a JSON object, sent as application/json." });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Beyond its maximum Close answers 400; the maximum differs by resource (Close's documentation, which states none). */
const maxLimit = 200;

/**
 * A page of a list: at most `_limit` (100 by default) after the first `_skip`, of each only what `_fields` names,
 * joined by commas (Close's documentation).
 */
function page(c: Context<Env>, items: readonly Answer[], totals: Answer = {}) {
  const { _limit: limit = "100", _skip: skip = "0", _fields } = c.req.query();
  const areNumbers = /^\d+$/.test(limit) && /^\d+$/.test(skip);
  if (!areNumbers || Number(limit) > maxLimit) {
    throw badParameter("_limit", `Must be an integer from 0 to ${maxLimit}, as _skip one from 0.`);
  }
  const end = Number(skip) + Number(limit);
  const fields = _fields?.split(",");
  const shown = ([key]: [string, unknown]) => fields?.includes(key) ?? true;
  const data = items.slice(Number(skip), end).map((item) => Object.fromEntries(Object.entries(item).filter(shown)));
  return c.json({ data, has_more: end < items.length, ...totals });
}
