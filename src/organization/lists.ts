import { z } from "zod/v3";
import { oncePerObject } from "../base/once.ts";

/** A status as `GET /pipeline/` lists it. `type` is active, won or lost. */
const statusSchema = z.object({ id: z.string(), label: z.string(), type: z.string() });
export type Status = z.infer<typeof statusSchema>;

/** A pipeline with its statuses, as `GET /pipeline/` lists it (recorded traffic). */
export const pipelineSchema = z.object({ id: z.string(), name: z.string(), statuses: z.array(statusSchema) });
export type Pipeline = z.infer<typeof pipelineSchema>;

/** A custom field, regular or shared, as `GET /custom_field_schema/opportunity/` lists it (Close's documentation). */
export const customFieldSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** text, number, date, datetime, choices, user, contact, custom_object, hidden; more may come. */
  type: z.string(),
  choices: z.array(z.string()).nullish().catch(undefined),
  accepts_multiple_values: z.boolean().nullish(),
  description: z.string().nullish(),
});
export type CustomField = z.infer<typeof customFieldSchema>;

/** A member of the organization, as `GET /user/` lists it. */
export const userSchema = z.object({
  id: z.string(),
  email: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
});
export type User = z.infer<typeof userSchema>;

/** The user whose key it is, as `GET /me/` shows (recorded traffic). */
export const meSchema = userSchema.extend({
  organizations: z.array(z.object({ name: z.string().nullish(), currency: z.string().nullish() })).nullish(),
  /** `permissions_granted` is what the user's role allows, such as `manage_others_opportunities`. */
  memberships: z
    .array(z.object({ permissions_granted: z.array(z.string()).nullish() }))
    .nullish()
    .catch(undefined),
  /** IANA name. */
  last_used_timezone: z.string().nullish(),
});
export type Me = z.infer<typeof meSchema>;

/** A person at a lead, as `GET /contact/?lead_id=…` lists it (Close's documentation). */
export const contactSchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  emails: z.array(z.object({ email: z.string().nullish() })).nullish(),
});
export type Contact = z.infer<typeof contactSchema>;

/** What a user is called: first and last name, or the e-mail address if there is no name. */
export function userName({ first_name, last_name, email, id }: User): string {
  return [first_name, last_name].filter(Boolean).join(" ") || email || id;
}

/**
 * One of the organization's lists, as far as this call knows it. `fresh` means read for this very call:
 * a name that is missing from a list that is not fresh is worth reading the list again.
 */
export type Lookup<T> =
  | { state: "unread" }
  | { state: "read"; items: readonly T[]; fresh: boolean }
  /** `isPassing`: reading it again in a moment may succeed. */
  | { state: "failed"; reason: string; isPassing: boolean };

/** What a plan can be made with: the lists in which the caller's names are found. */
export type Known = {
  pipelines: Lookup<Pipeline>;
  customFields: Lookup<CustomField>;
  users: Lookup<User>;
  /** One item: the key's user. */
  me: Lookup<Me>;
  /** Those of the opportunity's lead alone. */
  contacts: Lookup<Contact>;
};
export type ListName = keyof Known;

/** No list has been read. */
export const nothingKnown: Known = {
  pipelines: { state: "unread" },
  customFields: { state: "unread" },
  users: { state: "unread" },
  me: { state: "unread" },
  contacts: { state: "unread" },
};

/** Several as one: of each list, the lookup that `choose` makes of theirs. */
export function combined(
  choose: <T>(...lookups: readonly Lookup<T>[]) => Lookup<T>,
  ...known: readonly Known[]
): Known {
  return {
    pipelines: choose(...known.map(({ pipelines }) => pipelines)),
    customFields: choose(...known.map(({ customFields }) => customFields)),
    users: choose(...known.map(({ users }) => users)),
    me: choose(...known.map(({ me }) => me)),
    contacts: choose(...known.map(({ contacts }) => contacts)),
  };
}

/** A list's items, or none if it could not be read. */
export function items<T>(lookup: Lookup<T>): readonly T[] {
  return lookup.state === "read" ? lookup.items : none;
}

const none: readonly never[] = [];

/**
 * The list's item with this id, the first if there are several; undefined if there is none, or the list could not be
 * read. Takes no longer in a long list.
 */
export function itemById<T extends { id: string }>(lookup: Lookup<T>, id: unknown): T | undefined {
  if (lookup.state !== "read" || typeof id !== "string") return undefined;
  const position = positionsIn(lookup.items).get(id);
  return position === undefined ? undefined : lookup.items[position];
}

const positionsIn = oncePerObject(
  (list: readonly { id: string }[]): ReadonlyMap<string, number> =>
    new Map(list.map(({ id }, position): [string, number] => [id, position]).reverse()),
);
