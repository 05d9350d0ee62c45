import {
  type CustomField,
  type Known,
  type List,
  type NotedNames,
  nothingKnown,
  UnreadList,
} from "../../src/organization/lists.ts";

/** What is known if these custom fields have been read, and nothing else. */
export function knowing(customFields: readonly CustomField[]): Known {
  return { ...nothingKnown, customFields };
}

/** A list at hand: as an earlier call kept it, and as it is now if that is different. */
export function listOf<T>(kept: readonly T[], now = kept): List<T> {
  return { read: async () => kept, readAgain: async () => now };
}

/** A list that Close does not answer with. */
export function unreadable<T>(noun: string): List<T> {
  const read = async () => {
    throw new UnreadList(noun, { problem: "It is broken.", remedy: "Call again." });
  };
  return { read, readAgain: read };
}

/** The organization's lists, all at hand. Those of them that are given are read in the way given. */
export function namesIn(lists: Partial<Known>, own: Partial<NotedNames> = {}): NotedNames {
  const known = { ...nothingKnown, ...lists };
  return {
    pipelines: listOf(known.pipelines),
    customFields: listOf(known.customFields),
    users: listOf(known.users),
    former: listOf(known.former),
    me: listOf(known.me),
    contactsOf: () => listOf(known.contacts),
    known: () => known,
    note: () => {},
    ...own,
  };
}
