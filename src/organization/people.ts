import { printable } from "../base/text.ts";
import { type Contact, itemById, type Known, type List, type Names, type User, userName } from "./lists.ts";
import { lookUp, type Match, naming, shownName } from "./names.ts";

const userNaming = naming<User>({
  noun: "user",
  namesOf: (user) => [userName(user), user.email],
  describe: (user) => `${shownName(userName(user))} (${user.email ?? "no e-mail"}, ${user.id})`,
  isPerson: true,
});

const contactNaming = naming<Contact>({
  noun: "contact",
  owner: " of the opportunity's lead",
  namesOf: (contact) => [contact.name, ...emailsOf(contact)],
  describe: (contact) =>
    `${contact.name ? shownName(contact.name) : "no name"} (${emailsOf(contact).map(printable).join(", ") || "no e-mail"}, ${contact.id})`,
  isListedWhole: true,
  isPerson: true,
});

function emailsOf({ emails }: Contact): string[] {
  return emails?.flatMap(({ email }) => email ?? []) ?? [];
}

/** What the user or contact with this id is called, as far as that is known. */
export function personName(id: unknown, { users, contacts }: Known): string | undefined {
  const user = itemById(users, id);
  return user === undefined ? itemById(contacts, id)?.name || undefined : userName(user);
}

/**
 * Finds a user's id: a `user_…` id is taken as it is, `me` is the key's own user.
 * @throws NameError if nobody or several go by that name, UnreadList if that cannot be looked up.
 */
export async function findUser(user: string, names: Names): Promise<Match<string>> {
  if (isUserId(user)) return { found: user.trim() };
  if (isMe(user)) {
    const [own] = await names.me.read();
    if (own !== undefined) return { found: own.id };
  }
  return idOf(await lookUp(usersFor(user, names), user, userNaming));
}

/** The users, read no further than it takes to find this id or e-mail address; for a name they are read whole. */
export function usersFor(user: string, { users }: Names): List<User> {
  const wanted = user.trim().toLowerCase();
  const isWanted = ({ id, email }: User) => id.toLowerCase() === wanted || email?.toLowerCase() === wanted;
  const isName = !isUserId(user) && !user.includes("@");
  return isName ? users : { ...users, read: () => users.read(isWanted) };
}

/** Finds the id of one of the lead's contacts: a `cont_…` id is taken as it is. Throws as `findUser` does. */
export async function findContact(contact: string, names: Names, leadId: string | undefined): Promise<Match<string>> {
  if (/^\s*cont_[A-Za-z0-9]+\s*$/.test(contact)) return { found: contact.trim() };
  return idOf(await lookUp(names.contactsOf(leadId), contact, contactNaming));
}

function idOf({ found, note }: Match<{ id: string }>): Match<string> {
  return { found: found.id, note };
}

/** Whether this is a user's id, taken as it is, rather than an e-mail address or a name. */
export function isUserId(user: string): boolean {
  return /^\s*user_[A-Za-z0-9]+\s*$/.test(user);
}

/** Whether this is the word for the key's own user. */
export function isMe(user: string): boolean {
  return /^\s*me\s*$/i.test(user);
}
