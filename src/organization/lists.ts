import { z } from "zod/v3";
import { Failure, type FailureReport, orError } from "../base/failure.ts";
import { memoizeByObject } from "../base/once.ts";

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
  /** If any: the only roles that may change it. */
  editable_with_roles: z.array(z.string()).nullish().catch(undefined),
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

/**
 * Someone who has left, as `inactive_memberships` of `GET /organization/{id}/` lists it: with the user's data prefixed with
 * `user_` (Close's documentation, which does not list the keys: these are inferred from those of a user).
 */
export const formerSchema = z
  .object({
    user_id: z.string(),
    user_email: z.string().nullish(),
    user_first_name: z.string().nullish(),
    user_last_name: z.string().nullish(),
  })
  .transform(({ user_id: id, user_email: email, user_first_name: first_name, user_last_name: last_name }): User => {
    return { id, email, first_name, last_name };
  });

/** The user whose key it is, as `GET /me/` shows (recorded traffic). */
export const meSchema = userSchema.extend({
  organizations: z
    .array(z.object({ id: z.string().nullish(), name: z.string().nullish(), currency: z.string().nullish() }))
    .nullish(),
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

/** The organization's lists, as far as a call has read them: what it has not read is empty. */
export type Known = {
  pipelines: readonly Pipeline[];
  customFields: readonly CustomField[];
  users: readonly User[];
  /** Those who have left. */
  former: readonly User[];
  /** The key's user alone. */
  me: readonly Me[];
  contacts: readonly Contact[];
};

/** No list has been read. */
export const nothingKnown: Known = { pipelines: [], customFields: [], users: [], former: [], me: [], contacts: [] };

/** One list, as a call reads it. Both throw UnreadList if Close does not answer with it. */
export type List<T> = {
  /** The entries, kept from an earlier call if they are recent enough; perhaps no more than up to one that is enough. */
  read(isEnough?: (entry: T) => boolean): Promise<readonly T[]>;
  /** The entries as Close has them now: read anew unless that was done for this very call, or just before. */
  readAgain(): Promise<readonly T[]>;
  /** Whether there are more than are ever read, so that an entry may exist that was not found. */
  isCut?(): boolean;
};

/** The organization's lists, as one call reads them. */
export type Names = {
  pipelines: List<Pipeline>;
  customFields: List<CustomField>;
  users: List<User>;
  former: List<User>;
  me: List<Me>;
  /** Those of one lead; its id is undefined if the opportunity could not be read. */
  contactsOf(leadId: string | undefined): List<Contact>;
  /** What has been read so far, for showing names in place of ids. */
  known(): Known;
};

/** Is told how a name was understood, where that has to be said. */
export type Note = (how: string) => void;

/** The lists in which names are looked up. */
export type NotedNames = Names & { note: Note };

/** A list could not be read. A call that only shows its names goes on; one that looks a name up in it ends. */
export class UnreadList extends Failure {
  override name = "UnreadList";

  /** @param noun what the list holds: `users`. */
  constructor(noun: string, { problem, remedy }: Pick<FailureReport, "problem" | "remedy">) {
    super({ problem: `The ${noun} could not be read: ${problem}`, record: "unchanged", remedy });
  }
}

/** Reads lists side by side, and returns those that could not be read: who looks a name up in one meets that again. */
export async function readLists(lists: readonly List<unknown>[]): Promise<UnreadList[]> {
  const outcomes = await Promise.all(lists.map((list) => orError(list.read(), UnreadList)));
  return outcomes.filter((outcome) => outcome instanceof UnreadList);
}

/** What a user is called: first and last name, or the e-mail address if there is no name. */
export function userName({ first_name, last_name, email, id }: User): string {
  return [first_name, last_name].filter(Boolean).join(" ") || email || id;
}

/** The list's entry with this id, the first if there are several. A list is gone through once, so that it must not change. */
export function itemById<T extends { id: string }>(list: readonly T[], id: unknown): T | undefined {
  return list[placesOf(list).get(id) ?? -1];
}

const placesOf = memoizeByObject(
  (list: readonly { id: string }[]): ReadonlyMap<unknown, number> =>
    new Map(list.map(({ id }, at): [string, number] => [id, at]).toReversed()),
);
