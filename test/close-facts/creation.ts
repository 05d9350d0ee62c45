import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod/v3";
import { basePath, type Env } from "../../src/sandbox/http/app.ts";
import { renderNote } from "../../src/sandbox/rules/notes.ts";
import { timestamp } from "../../src/sandbox/rules/time.ts";
import type { Organization } from "../../src/sandbox/sandbox.ts";

const lead = z.object({
  name: z.string(),
  contacts: z.array(z.object({ name: z.string(), emails: z.array(z.object({ email: z.string() })).min(1) })),
});
const opportunity = z.object({
  lead_id: z.string(),
  status_id: z.string(),
  note: z.string(),
  value: z.number(),
  value_period: z.enum(["one_time", "monthly", "annual"]),
  confidence: z.number(),
});

const newId = (prefix: string) => `${prefix}_${randomBytes(11).toString("hex")}`;

/** What the sandbox lacks, as no tool does it: leads and opportunities are made and removed. */
export function creation(organizationOf: () => Organization) {
  const api = new Hono<Env>().basePath(basePath);
  api.post("/lead/", async (c) => {
    const { leads, contacts } = organizationOf();
    const { name, contacts: people } = lead.parse(await c.req.json());
    const id = newId("lead");
    const made = people.map(({ name, emails: [first] }) => ({
      id: newId("cont"),
      lead_id: id,
      name,
      email: first?.email ?? "",
    }));
    leads.push({ id, name, date_created: now() });
    contacts.push(...made);
    return c.json({ id, name, contacts: made });
  });
  api.post("/opportunity/", async (c) => {
    const { opportunities, me } = organizationOf();
    const asked = opportunity.parse(await c.req.json());
    const dates = {
      date_created: now(),
      created_by: me,
      date_updated: now(),
      updated_by: me,
      date_won: null,
      date_lost: null,
    };
    const id = newId("oppo");
    const note_html = renderNote(asked.note);
    opportunities.set(id, { id, ...asked, ...dates, note_html, contact_id: null, user_id: me, custom: {} });
    return c.json({ id });
  });
  api.delete("/opportunity/:id/", (c) => removed(c, organizationOf().opportunities.delete(c.req.param("id"))));
  api.delete("/lead/:id/", (c) => {
    const organization = organizationOf();
    const others = organization.leads.filter(({ id }) => id !== c.req.param("id"));
    const isThere = others.length < organization.leads.length;
    organization.leads = others;
    return removed(c, isThere);
  });
  return api;
}

const now = () => timestamp(new Date());

function removed(c: Context<Env>, isThere: boolean) {
  return isThere ? c.json({}) : c.json({ error: "Not found." }, 404);
}
