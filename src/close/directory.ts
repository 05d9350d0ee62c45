import type { z } from "zod/v3";
import { Failure, type FailureReport } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { ageOf, moment } from "../base/moment.ts";
import { raceAbort, timeLimit } from "../base/signals.ts";
import {
  type Contact,
  contactSchema,
  customFieldSchema,
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

/** How long a list that was read is used, in milliseconds. */
const maxListAgeMs = 5 * 60_000;

/** How long reading one list may take, in milliseconds: it serves every call that waits for it, so it has a limit of its own. */
const maxReadMs = 20_000;

/** How much of a list is read: Close's pages have a hundred entries, but a peer may send longer ones. */
const maxPages = 100;
const maxEntries = 10_000;

/** The names of an organization: its pipelines with their statuses, custom fields, users, and the key's own user. */
export type Directory = ReturnType<typeof createDirectory>;

/** A list as it was read. Fresh: for the very call that asks. */
type Read<T> = { items: readonly T[]; isFresh: boolean };

/** Where a list comes from: kept, or read anew. */
type Source<T> = (call: CallContext, fresh: boolean) => Promise<Read<T>>;

/** A directory that reads through `close`. */
export function createDirectory(close: CloseClient, log: Log) {
  const pipelines = keptList((call) => readPages("/pipeline/", pipelineSchema, call));
  const users = keptList((call) => readPages("/user/", userSchema, call));
  const customFields = keptList(readCustomFields);
  const me = keptList(async (call) => [await close.me(call)]);

  return {
    /** The lists as one call reads them: kept for five minutes, and read once for all calls that wait. Contacts are not kept. */
    namesFor(call: CallContext): Names {
      let known = nothingKnown;
      const list = <T>(noun: string, source: Source<T>, add: (items: readonly T[]) => Partial<Known>) =>
        listOfCall(async (fresh) => {
          try {
            const read = await source(call, fresh);
            known = { ...known, ...add(read.items) };
            return read;
          } catch (error) {
            // What ends the call, a refused key, and what is no failure of the reading stay what they are.
            const isOfCall = call.signal.aborted || !(error instanceof Failure) || error.report.isKeyRefused;
            throw isOfCall || error instanceof UnreadList ? error : new UnreadList(noun, error.report);
          }
        });
      const byLead = new Map<string | undefined, List<Contact>>();
      return {
        pipelines: list("pipelines", pipelines, (items) => ({ pipelines: items })),
        customFields: list("custom fields", customFields, (items) => ({ customFields: items })),
        users: list("users", users, (items) => ({ users: items })),
        me: list("key's user", me, (items) => ({ me: items })),
        contactsOf(leadId) {
          const add = (items: readonly Contact[]) => ({ contacts: [...known.contacts, ...items] });
          const contacts = byLead.get(leadId) ?? list("contacts", contactsAt(leadId), add);
          byLead.set(leadId, contacts);
          return contacts;
        },
        known: () => known,
      };
    },
  };

  /**
   * Follows the pages to the end (`_skip`, `has_more`: Close's documentation), each entry once. A list without an end
   * ends after 100 pages or 10,000 entries, or as soon as a page brings nothing new.
   */
  async function readPages<S extends z.ZodType<{ id: string }, z.ZodTypeDef, unknown>>(
    path: string,
    schema: S,
    call: CallContext,
  ): Promise<z.output<S>[]> {
    const items = new Map<string, z.output<S>>();
    for (let pages = 1, skip = 0; ; pages += 1) {
      const from = `${path}${path.includes("?") ? "&" : "?"}_skip=${skip}`;
      const { entries, answer } = await close.list(skip === 0 ? path : from, call);
      const known = items.size;
      for (const item of valid(entries, schema, path)) items.set(item.id, item);
      skip += entries.length;
      const isEndless = items.size === known || items.size >= maxEntries || pages === maxPages;
      if (answer.has_more === true && !isEndless) continue;
      if (answer.has_more === true) log("warn", "list without an end", { path, pages, entries: items.size });
      return [...items.values()];
    }
  }

  /** `lead_id` filters contacts (Close's documentation), `_fields` shortens the answer. */
  function contactsAt(leadId: string | undefined): Source<Contact> {
    return async (call) => {
      // Every opportunity has a lead: it is not known only while the opportunity cannot be read.
      if (leadId === undefined) throw new UnreadList("contacts", unknownLead);
      const path = `/contact/?lead_id=${encodeURIComponent(leadId)}&_fields=id,name,emails`;
      return { items: await readPages(path, contactSchema, call), isFresh: true };
    };
  }

  async function readCustomFields(call: CallContext) {
    const path = "/custom_field_schema/opportunity/";
    const { entries } = await close.list(path, call, "fields");
    return valid(entries, customFieldSchema, path);
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

const unknownLead = { problem: "the opportunity's lead is not known.", remedy: "Call again in a moment." };

/** The list as one call reads it: at most once as kept and once anew, failures included. */
function listOfCall<T>(read: (fresh: boolean) => Promise<Read<T>>): List<T> {
  let kept: Promise<Read<T>> | undefined;
  let anew: Promise<Read<T>> | undefined;
  return {
    async read() {
      kept ??= read(false);
      return (await kept).items;
    },
    async readAgain() {
      kept ??= read(false);
      const first = await kept;
      if (first.isFresh) return first.items;
      anew ??= read(true);
      const { items } = await anew;
      kept = anew;
      return items;
    },
  };
}

/** A list that is read once for all calls that wait for it, and kept. */
function keptList<T>(read: (call: CallContext) => Promise<readonly T[]>): Source<T> {
  let latest: ReturnType<typeof begin> | undefined;

  function begin(timeZone: string) {
    /** They hear of its waits, and the reading stops when none is left. */
    const waiting = new Set<CallContext>();
    const stop = new AbortController();
    const items = read({
      signal: timeLimit(stop.signal, maxReadMs).signal,
      deadline: performance.now() + maxReadMs,
      timeZone,
      onWait(reason, milliseconds) {
        for (const call of waiting) call.onWait?.(reason, milliseconds);
      },
    });
    const entry = { items, readAt: moment(), isRead: false, waiting, stop };
    items.then(
      () => {
        entry.isRead = true;
      },
      () => forget(entry),
    );
    return entry;
  }

  function forget(entry: typeof latest): void {
    if (latest === entry) latest = undefined;
  }

  return async (call, fresh) => {
    const isOutdated = latest?.isRead && (fresh || ageOf(latest.readAt) >= maxListAgeMs);
    const entry = latest !== undefined && !isOutdated ? latest : begin(call.timeZone);
    latest = entry;
    const isFresh = !entry.isRead;
    entry.waiting.add(call);
    try {
      // A caller stops waiting when its own call ends; the reading goes on for the others.
      return { items: await raceAbort(entry.items, call.signal, waitedTooLong), isFresh };
    } finally {
      entry.waiting.delete(call);
      if (entry.waiting.size === 0 && !entry.isRead) {
        forget(entry);
        entry.stop.abort();
      }
    }
  };
}

const waitedTooLong: FailureReport = {
  problem: "The call's time was used up, or it was cancelled, while names were being looked up.",
  record: "unchanged",
  remedy: "Call again in a moment.",
  canBeSentAgain: true,
};
