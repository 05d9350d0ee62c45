import { z } from "zod/v3";
import { type Close, type Json, UnexpectedAnswer } from "./close.ts";

const user = z.object({
  id: z.string(),
  organizations: z.array(z.object({ id: z.string(), name: z.string() })).min(1),
});
export type Me = z.infer<typeof user>;

const status = z.object({ id: z.string(), label: z.string(), type: z.string() });
const pipelines = z.object({
  data: z.array(z.object({ id: z.string(), name: z.string(), statuses: z.array(status) })),
});
const field = z.object({
  id: z.string(),
  type: z.string(),
  accepts_multiple_values: z.boolean().optional(),
  choices: z.array(z.string()).nullish(),
});
const made = z.object({ id: z.string() });
const lead = made.extend({ contacts: z.array(made).min(1) });

/** The word that only the trial's lead has in its name, in two pieces. */
export const leadWord = ["Verifi", "cationtrial"] as const;
export const email = "close-facts.verification@example.com";

/** A lead with two opportunities and a contact, made for the checks, and what they find in the organization. */
export type Trial = Awaited<ReturnType<typeof makeRecords>>;

/** Whose key it is. */
export async function readMe(close: Close): Promise<Me> {
  return user.parse(await close.ask("GET", "/me/"));
}

/** Does the work with a lead and two opportunities that are made for it and removed afterwards, whatever happens. */
export async function withTrial<T>(
  close: Close,
  me: Me,
  work: (trial: Trial) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const paths: string[] = [];
  try {
    const trial = await makeRecords(close, me, paths);
    const interrupted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    signal?.throwIfAborted();
    return await Promise.race([work(trial), interrupted]);
  } finally {
    for (const path of paths.reverse()) await removed(close, path);
  }
}

async function makeRecords(close: Close, me: Me, paths: string[]) {
  const lists = pipelines.parse(await close.ask("GET", "/pipeline/")).data;
  const { fields } = z
    .object({ fields: z.array(field) })
    .parse(await close.ask("GET", "/custom_field_schema/opportunity/"));
  const [pipeline] = lists;
  const statusOf = (type: string, among = pipeline) => among?.statuses.find((one) => one.type === type)?.id;

  const { id: leadId, contacts } = lead.parse(
    await close.ask("POST", "/lead/", {
      name: `${leadWord.join("")} of close-opportunity-mcp, may be deleted`,
      contacts: [{ name: "Vera Fication", emails: [{ email, type: "office" }] }],
    }),
  );
  paths.push(`/lead/${leadId}/`);
  const opportunity = async (note: string) => {
    const sent = {
      lead_id: leadId,
      note,
      value: 50_000,
      value_period: "monthly",
      confidence: 50,
      status_id: statusOf("active"),
    };
    const { id } = made.parse(await close.ask("POST", "/opportunity/", sent));
    paths.push(`/opportunity/${id}/`);
    return id;
  };
  const [id, otherId] = [await opportunity("The first of a trial, may be deleted"), await opportunity("The second")];
  return {
    close,
    me,
    id,
    otherId,
    leadId,
    contactId: contacts[0]?.id ?? "",
    statusOf,
    otherPipelines: lists.slice(1),
    /** The first custom field of that type. */
    fieldOf: (type: string, isMultiple = false) =>
      fields.find((one) => one.type === type && (one.accepts_multiple_values ?? false) === isMultiple),
    read: () => close.ask("GET", `/opportunity/${id}/`),
    put: (body: Json, headers?: Record<string, string>) => close.ask("PUT", `/opportunity/${id}/`, body, headers),
  };
}

async function removed(close: Close, path: string): Promise<void> {
  const { status, text } = await close.send("DELETE", path);
  if (status === 404 || (status >= 200 && status <= 299)) return;
  throw new UnexpectedAnswer(`${path} could not be removed, do it by hand: ${status} ${text.slice(0, 300)}`);
}
