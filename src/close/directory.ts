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
import { extentOf } from "./pages.ts";

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
    const ofMe = async () => (await me(call, { maxAgeMs: maxAgeMs.read })).items[0]?.organizations?.[0]?.id;
    const id = close.organizationId() ?? (await ofMe());
    if (!id) throw unknown("former users", "key's organization");
    const path = `/organization/${encodeURIComponent(id)}/?_fields=inactive_memberships`;
    const { entries } = await close.list(path, call, "inactive_memberships");
    return onePage(valid(entries, formerSchema, path));
  });

  return {
    /** The lists as one call reads them: kept for five minutes, for a write for one, and read once for all calls that wait. */
    namesFor(call: CallContext, isWrite = false): Names {
      let known = nothingKnown;
      const list = <T>(source: Source<T>, add: (items: readonly T[]) => Partial<Known>) =>
        listOfCall<T>(maxAgeMs[isWrite ? "write" : "read"], async (want) => {
          const read = await source(call, want);
          known = { ...known, ...add(read.items) };
          return read;
        });
      const byLead = new Map<string | undefined, List<Contact>>();
      return {
        pipelines: list(pipelines, (items) => ({ pipelines: items })),
        customFields: list(customFields, (items) => ({ customFields: items })),
        users: list(users, (items) => ({ users: items })),
        former: list(former, (items) => ({ former: items })),
        me: list(me, (items) => ({ me: items })),
        contactsOf(leadId) {
          const add = (items: readonly Contact[]) => ({ contacts: [...known.contacts, ...items] });
          const contacts = byLead.get(leadId) ?? list(contactsAt(leadId), add);
          byLead.set(leadId, contacts);
          return contacts;
        },
        known: () => known,
      };
    },
  };

  function pagedList<S extends z.ZodType<{ id: string }, z.ZodTypeDef, unknown>>(
    noun: string,
    path: string,
    schema: S,
  ) {
    return keptList<z.output<S>>(noun, async (skip, call) => {
      const from = `${path}${path.includes("?") ? "&" : "?"}_skip=${skip}`;
      const page = await close.list(skip === 0 ? path : from, call);
      return { items: valid(page.entries, schema, path), ...extentOf(page, skip, pageSize) };
    });
  }

  /** `lead_id` filters contacts (Close's documentation), `_fields` shortens the answer. */
  function contactsAt(leadId: string | undefined): Source<Contact> {
    // Every opportunity has a lead: it is not known only while the opportunity cannot be read.
    if (leadId === undefined) return () => Promise.reject(unknown("contacts", "opportunity's lead"));
    const path = `/contact/?lead_id=${encodeURIComponent(leadId)}&_fields=id,name,emails`;
    return pagedList("contacts", path, contactSchema);
  }

  /** One odd entry must not take the whole list away. */
  function valid<S extends z.ZodTypeAny>(data: readonly unknown[], schema: S, path: string): z.output<S>[] {
    return data.flatMap((entry): z.output<S>[] => {
      const parsed = schema.safeParse(entry);
      if (parsed.success) return [parsed.data];
      log("warn", "list entry left out", { path, reason: parsed.error.issues[0]?.message });
      return [];
    });
  }
}

function unknown(noun: string, whose: string): UnreadList {
  return new UnreadList(noun, { problem: `the ${whose} is not known.`, remedy: "Call again in a moment." });
}

function onePage<T>(items: readonly T[]) {
  return { items, size: items.length, hasMore: false, total: items.length };
}

/** The list as one call reads it: at most once as kept and once anew, failures included. */
function listOfCall<T>(maxAgeMs: number, read: (want: Want<T>) => Promise<Read<T>>): List<T> {
  let kept: Promise<Read<T>> | undefined;
  let anew: Promise<Read<T>> | undefined;
  let isCut = false;
  const whole = () => {
    kept ??= read({ maxAgeMs });
    return kept;
  };
  const itemsOf = async (reading: Promise<Read<T>>) => {
    const { items, ...result } = await reading;
    isCut = result.isCut;
    return items;
  };
  return {
    async read(isEnough) {
      if (kept !== undefined || isEnough === undefined) return itemsOf(whole());
      const some = read({ maxAgeMs, isEnough });
      some.catch(() => {
        kept ??= some;
      });
      return itemsOf(some);
    },
    async readAgain() {
      if (!(await whole()).isFresh) {
        anew ??= read({ maxAgeMs: 0 });
        await anew;
        kept = anew;
      }
      return itemsOf(whole());
    },
    isCut: () => isCut,
  };
}
