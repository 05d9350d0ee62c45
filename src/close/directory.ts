import type { z } from "zod/v3";
import type { Log } from "../base/log.ts";
import {
  type Contact,
  contactSchema,
  customFieldSchema,
  formerSchema,
  type Known,
  type List,
  type Names,
  nothingKnown,
  pipelineSchema,
  UnreadList,
  userSchema,
} from "../organization/lists.ts";
import type { CloseClient } from "./api.ts";
import type { CallContext } from "./http/requests.ts";
import { keptList, type Read, type Source, type Want } from "./kept-list.ts";

type Schema<T> = z.ZodType<T, z.ZodTypeDef, unknown>;

/** Whether it is an id that an address can hold, whatever the answer that it comes from. */
function isId(text: string | null | undefined): text is string {
  return /^\w+$/.test(text ?? "");
}

/** How many entries a page of Close's has unless asked otherwise (its documentation). */
const pageSize = 100;

/** How long a list that was read is used, in milliseconds: for a write, which must not take an old name for another, and else. */
const maxAgeMs = { write: 60_000, read: 5 * 60_000 };

/** The names of an organization: its pipelines with their statuses, custom fields, users, and the key's own user. */
export type Directory = ReturnType<typeof createDirectory>;

/** A directory that reads through `close`. */
export function createDirectory(close: CloseClient, log: Log) {
  const pipelines = pagedList("pipelines", "/pipeline/", pipelineSchema);
  const users = pagedList("users", "/user/", userSchema);
  const customFields = keptList("custom fields", async (_, call) => {
    const path = "/custom_field_schema/opportunity/";
    const { entries } = await close.list(path, call, "fields");
    return onePage(valid(entries, customFieldSchema, path));
  });
  const me = keptList("key's user", async (_, call) => onePage([await close.me(call)]));
  const former = keptList("former users", async (_, call) => {
    const { items } = await me(call, { maxAgeMs: maxAgeMs.read });
    const id = items[0]?.organizations?.[0]?.id;
    if (!isId(id)) throw new UnreadList("former users", notKnown("key's organization"));
    const path = `/organization/${id}/?_fields=inactive_memberships`;
    const { entries } = await close.list(path, call, "inactive_memberships");
    return onePage(valid(entries, formerSchema, path));
  });

  return {
    /** The lists as one call reads them: kept for five minutes, for a write for one, and read once for all calls that wait. */
    namesFor(call: CallContext, isWrite = false): Names {
      let known = nothingKnown;
      const list = <Key extends keyof Known>(key: Key, source: Source<Known[Key][number]>) =>
        listOfCall<Known[Key][number]>(maxAgeMs[isWrite ? "write" : "read"], async (want) => {
          const read = await source(call, want);
          // Every lead has contacts of its own.
          known = { ...known, [key]: key === "contacts" ? [...known.contacts, ...read.items] : read.items };
          return read;
        });
      const byLead = new Map<string | undefined, List<Contact>>();
      return {
        pipelines: list("pipelines", pipelines),
        customFields: list("customFields", customFields),
        users: list("users", users),
        former: list("former", former),
        me: list("me", me),
        contactsOf(leadId) {
          const contacts = byLead.get(leadId) ?? list("contacts", contactsAt(leadId));
          byLead.set(leadId, contacts);
          return contacts;
        },
        known: () => known,
      };
    },
  };

  /** Follows the pages (`_skip`, `has_more`, `total_results`: Close's documentation). A page without either is the last unless it is full. */
  function pagedList<T extends { id: string }>(noun: string, path: string, schema: Schema<T>) {
    const readPage = async (skip: number, call: CallContext) => {
      const from = `${path}${path.includes("?") ? "&" : "?"}_skip=${skip}`;
      const { entries, answer } = await close.list(skip === 0 ? path : from, call);
      const { has_more, total_results } = answer;
      const size = entries.length;
      const total = typeof total_results === "number" ? total_results : undefined;
      const isFull = total === undefined ? size >= pageSize : skip + size < total;
      const hasMore = typeof has_more === "boolean" ? has_more : isFull;
      return { items: valid(entries, schema, path), size, hasMore, total: total ?? Number.POSITIVE_INFINITY };
    };
    return keptList(noun, readPage, (entries) => log("warn", "list without an end", { path, entries }));
  }

  /** `lead_id` filters contacts (Close's documentation), `_fields` shortens the answer. */
  function contactsAt(leadId: string | undefined): Source<Contact> {
    // Every opportunity has a lead: it is not known only while the opportunity cannot be read.
    if (!isId(leadId)) return () => Promise.reject(new UnreadList("contacts", notKnown("opportunity's lead")));
    const path = `/contact/?lead_id=${leadId}&_fields=id,name,emails`;
    return pagedList("contacts", path, contactSchema);
  }

  /** One odd entry must not take the whole list away. */
  function valid<T>(data: readonly unknown[], schema: Schema<T>, path: string): T[] {
    return data.flatMap((entry) => {
      const parsed = schema.safeParse(entry);
      if (parsed.success) return [parsed.data];
      log("warn", "list entry left out", { path, reason: parsed.error.issues[0]?.message });
      return [];
    });
  }
}

const notKnown = (what: string) => ({ problem: `the ${what} is not known.`, remedy: "Call again in a moment." });

function onePage<T>(items: readonly T[]) {
  return { items, size: items.length, hasMore: false, total: items.length };
}

/** The list as one call reads it: at most once as kept and once anew, failures included. */
function listOfCall<T>(maxAge: number, read: (want: Want<T>) => Promise<Read<T>>): List<T> {
  let kept: Promise<Read<T>> | undefined;
  let anew: Promise<Read<T>> | undefined;
  let isCut = false;
  const itemsOf = async (reading: Promise<Read<T>>) => {
    const result = await reading;
    isCut = result.isCut;
    return result.items;
  };
  return {
    async read(isEnough) {
      const some = kept ?? read({ maxAgeMs: maxAge, isEnough });
      if (isEnough === undefined) kept = some;
      some.catch(() => {
        kept ??= some;
      });
      return itemsOf(some);
    },
    async readAgain() {
      kept ??= read({ maxAgeMs: maxAge });
      if ((await kept).isFresh) return itemsOf(kept);
      anew ??= read({ maxAgeMs: 0 });
      await anew;
      kept = anew;
      return itemsOf(kept);
    },
    isCut: () => isCut,
  };
}
