import { grouped } from "../base/grouped.ts";
import { memoizeByObject } from "../base/once.ts";
import { quote } from "../base/text.ts";
import {
  type Contact,
  itemById,
  type Known,
  type List,
  type Names,
  type NotedNames,
  readLists,
  type User,
  userName,
} from "./lists.ts";
import { lookUp, NameError, naming, oneOf, shownName } from "./names.ts";

const userNaming = naming<User>({
  noun: "user",
  namesOf: (user) => [userName(user), user.email],
  describe: (user) => `${shownName(userName(user))} (${shownAddress(user.email)}, ${user.id})`,
  isPerson: true,
});

const contactNaming = naming<Contact>({
  noun: "contact",
  owner: " of the opportunity's lead",
  namesOf: (contact) => [contact.name, ...emailsOf(contact)],
  describe: (contact) =>
    `${contact.name ? shownName(contact.name) : "no name"} (${emailsOf(contact).map(shownAddress).join(", ") || "no e-mail"}, ${contact.id})`,
  isPerson: true,
});

/** An e-mail address, in quotes if it could be taken for words of this program's. */
export function shownAddress(email: string | null | undefined): string {
  if (!email) return "no e-mail";
  return /^[\w.+@-]+$/.test(email) ? email : quote(email);
}

function emailsOf({ emails }: Contact): string[] {
  return emails?.flatMap(({ email }) => email ?? []) ?? [];
}

/**
 * What the user or contact with this id is called, as far as that is known: with the e-mail address if others are called the
 * same, and with a word of it if a user has left.
 */
export function personName(id: unknown, { users, former, contacts }: Known): string | undefined {
  const member = itemById(users, id);
  const user = member ?? itemById(former, id);
  if (user !== undefined) {
    const name = userName(user);
    const namesakes = [users, former].flatMap((list) => usersByName(list).get(name) ?? []);
    return distinct(name, namesakes, user.email) + (member === undefined ? " (has left)" : "");
  }
  const contact = itemById(contacts, id);
  if (!contact?.name) return undefined;
  return distinct(
    contact.name,
    contacts.filter(({ name }) => name === contact.name),
    emailsOf(contact)[0],
  );
}

function distinct(name: string, called: readonly { id: string }[], email: string | null | undefined): string {
  return email && new Set(called.map(({ id }) => id)).size > 1 ? `${name} (${email})` : name;
}

const usersByName = memoizeByObject((users: readonly User[]) => grouped(users, userName));

/** Reads who has left if any user in these records is none of the users that were read: without it the id is shown. */
export async function readFormer(records: unknown, names: Names): Promise<void> {
  const { users } = names.known();
  const ids = new Set(JSON.stringify(records).match(/(?<=")user_[A-Za-z0-9]+(?="(?!:))/g));
  if (users.length > 0 && [...ids].some((id) => !itemById(users, id))) await readLists([names.former]).catch(() => []);
}

/**
 * Finds a user's id, also of one who has left: a `user_…` id is taken as it is, `me` is the key's own user.
 * @throws NameError if nobody or several go by that name, UnreadList if that cannot be looked up.
 */
export async function findUser(user: string, names: NotedNames): Promise<string> {
  if (isUserId(user)) return user.trim();
  const [own] = isMe(user) ? await names.me.read() : [];
  if (own !== undefined) return own.id;
  const amongFormer = async () => {
    // Where it cannot be looked up who has left, nobody is known to.
    await readLists([names.former]);
    return oneOf(names.known().former, user, userNaming, names.note);
  };
  return (await lookUp(usersFor(user, names), user, userNaming, names.note, amongFormer)).id;
}

/** Finds the id of a user who can own something. Throws as `findUser` does, also if the one who is meant has left. */
export async function findOwner(user: string, names: NotedNames): Promise<string> {
  const id = await findUser(user, names);
  const { users, former } = names.known();
  const left = itemById(users, id) ? undefined : itemById(former, id);
  if (left === undefined) return id;
  throw new NameError(`${userNaming.describe(left)} has left the organization and can own nothing new`);
}

/** The users, read no further than it takes to find this id or e-mail address; for a name they are read whole. */
export function usersFor(user: string, { users }: Names): List<User> {
  const wanted = user.trim().toLowerCase();
  const isWanted = ({ id, email }: User) => id.toLowerCase() === wanted || email?.toLowerCase() === wanted;
  const isName = !isUserId(user) && !user.includes("@");
  return isName ? users : { ...users, read: () => users.read(isWanted) };
}

/** Finds the id of one of the lead's contacts: a `cont_…` id is taken as it is. Throws as `findUser` does. */
export async function findContact(contact: string, names: NotedNames, leadId: string | undefined): Promise<string> {
  if (/^\s*cont_[A-Za-z0-9]+\s*$/.test(contact)) return contact.trim();
  return (await lookUp(names.contactsOf(leadId), contact, contactNaming, names.note)).id;
}

/** Whether this is a user's id, taken as it is, rather than an e-mail address or a name. */
export function isUserId(user: string): boolean {
  return /^\s*user_[A-Za-z0-9]+\s*$/.test(user);
}

/** Whether this is the word for the key's own user. */
export function isMe(user: string): boolean {
  return /^\s*me\s*$/i.test(user);
}
