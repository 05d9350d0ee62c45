import { asText, printable } from "../base/text.ts";
import { type Contact, itemById, items, type Known, type User, userName } from "./lists.ts";
import { shownName } from "./matching.ts";
import { byName, type Naming, type Resolution } from "./names.ts";

/** Users go by full name or e-mail address. */
const userNaming: Naming<User> = {
  list: "users",
  noun: "user",
  id: "user_…",
  namesOf: [userName, ({ email }) => email],
  describe: (user) => `${shownName(userName(user))} (${user.email ?? "no e-mail"}, ${user.id})`,
};

/** A lead's contacts go by name or e-mail address. */
const contactNaming: Naming<Contact> = {
  list: "contacts",
  noun: "contact",
  owner: " of the opportunity's lead",
  id: "cont_…",
  namesOf: [({ name }) => name, emailsOf],
  describe: (contact) =>
    `${contact.name ? shownName(contact.name) : "no name"} (${emailsOf(contact).map(printable).join(", ") || "no e-mail"}, ${contact.id})`,
  isListedWhole: true,
};

function emailsOf({ emails }: Contact): string[] {
  return emails?.flatMap(({ email }) => email ?? []) ?? [];
}

/** What the user or contact with this id is called, as far as that is known. */
export function personName(
  id: unknown,
  { users, contacts }: Pick<Known, "users" | "contacts">,
): string | undefined {
  const user = itemById(users, id);
  return user === undefined ? itemById(contacts, id)?.name || undefined : userName(user);
}

/** The name of the person with this id, or any other value as text. */
export function personOrText(value: unknown, known: Pick<Known, "users" | "contacts">): string {
  return personName(value, known) ?? asText(value);
}

/** Finds a user's id: a `user_…` id is taken as it is, `me` is the key's own user. */
export function resolveUser(user: string, { users, me }: Pick<Known, "users" | "me">): Resolution<string> {
  if (isUserId(user)) return { found: user.trim() };
  if (!isMe(user)) return idOf(byName(users, user, userNaming));
  if (me.state === "unread") return { lookUp: "me" };
  const [own] = items(me);
  if (own !== undefined) return { found: own.id };
  const { reason, isPassing } =
    me.state === "failed" ? me : { reason: "the answer names no user", isPassing: false };
  return { problem: `could not find out who "me" is (${reason}). Give the user_… id.`, isPassing };
}

/** Finds the id of one of the lead's contacts: a `cont_…` id is taken as it is. */
export function resolveContact(contact: string, { contacts }: Pick<Known, "contacts">): Resolution<string> {
  if (isContactId(contact)) return { found: contact.trim() };
  return idOf(byName(contacts, contact, contactNaming));
}

/** What a call can name a user by: the name or the e-mail address that finds this one alone, or else the id. */
export function referenceToUser(id: string, known: Pick<Known, "users" | "me">): string {
  const finds = (name: string) => isFound(resolveUser(name, known), id);
  return namesIn(itemById(known.users, id), userNaming).find(finds) ?? id;
}

/** What a call can name a contact of the lead by: the name or an e-mail address that finds this one alone, or else the id. */
export function referenceToContact(id: string, known: Pick<Known, "contacts">): string {
  const finds = (name: string) => isFound(resolveContact(name, known), id);
  return namesIn(itemById(known.contacts, id), contactNaming).find(finds) ?? id;
}

function namesIn<T extends { id: string }>(entry: T | undefined, { namesOf }: Naming<T>): string[] {
  return entry === undefined ? [] : namesOf.flatMap((nameOf) => nameOf(entry) ?? []);
}

function isFound(resolution: Resolution<string>, id: string): boolean {
  return "found" in resolution && resolution.found === id;
}

function idOf(resolution: Resolution<{ id: string }>): Resolution<string> {
  return "found" in resolution ? { found: resolution.found.id } : resolution;
}

/** Whether this is a user's id, taken as it is, rather than an e-mail address or a name. */
export function isUserId(user: string): boolean {
  return /^\s*user_[A-Za-z0-9]+\s*$/.test(user);
}

/** Whether this is the word for the key's own user. */
export function isMe(user: string): boolean {
  return /^\s*me\s*$/i.test(user);
}

/** Whether this is a contact's id, taken as it is, rather than an e-mail address or a name. */
export function isContactId(contact: string): boolean {
  return /^\s*cont_[A-Za-z0-9]+\s*$/.test(contact);
}
