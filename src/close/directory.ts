import type { z } from "zod/v3";
import { Failure, type FailureReport } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { raceAbort, withTimeLimit } from "../base/signals.ts";
import {
  type Contact,
  contactSchema,
  customFieldSchema,
  type Known,
  type ListName,
  type Lookup,
  nothingKnown,
  pipelineSchema,
  userSchema,
} from "../organization/lists.ts";
import type { CallContext, CloseClient } from "./http/client.ts";
import { CloseError } from "./http/errors.ts";

/** How long a list that was read is used, in milliseconds. */
const maxListAgeMs = 5 * 60_000;

/** How long reading one list may take, in milliseconds: it serves every call that waits for it, so it has a limit of its own. */
const maxReadMs = 20_000;

/** How much of a list is read: Close's pages have a hundred entries, but a peer may send longer ones. */
const maxPages = 100;
const maxEntries = 10_000;

/** The names of an organization: its pipelines with their statuses, custom fields, users, and the key's own user. */
export type Directory = {
  /**
   * Returns the lists asked for; those not asked for are "unread", those that cannot be read "failed".
   * Lists are kept for five minutes unless `fresh` ones are wanted, and read once for all calls that wait. Contacts are those
   * of one lead, read for this very call.
   */
  lookUp(
    lists: Iterable<ListName>,
    call: CallContext,
    options?: { fresh?: boolean; leadId?: string | undefined },
  ): Promise<Known>;
};

/** A list that is being read, or has been. */
type Entry<T> = {
  items: Promise<readonly T[]>;
  readAt: number;
  settled: boolean;
  /** The calls that wait for it: they hear of its waits, and the reading stops when none is left. */
  waiting: Set<CallContext>;
  stop: AbortController;
};

type ListRead = Required<Pick<CallContext, "signal" | "onWait" | "timeZone">>;

/** A directory that reads through `close`. */
export function createDirectory(close: CloseClient, log: Log): Directory {
  const pipelines = cached((call) => readPages("/pipeline/", pipelineSchema, listCall(call)));
  const users = cached((call) => readPages("/user/", userSchema, listCall(call)));
  const customFields = cached((call) => readCustomFields(listCall(call)));
  const me = cached(async (call) => [await close.me(listCall(call))]);

  return {
    async lookUp(lists, call, { fresh = false, leadId } = {}) {
      const wanted = new Set(lists);
      if (wanted.size === 0) return nothingKnown;
      const look = <T>(list: ListName, source: Cached<T>): Promise<Lookup<T>> =>
        wanted.has(list) ? source(fresh, call) : Promise.resolve({ state: "unread" });
      const [p, c, u, m, k] = await Promise.all([
        look("pipelines", pipelines),
        look("customFields", customFields),
        look("users", users),
        look("me", me),
        look("contacts", (_fresh, reader) => readContacts(leadId, reader)),
      ]);
      return { pipelines: p, customFields: c, users: u, me: m, contacts: k };
    },
  };

  function listCall({ signal, onWait, timeZone }: ListRead): CallContext {
    return {
      signal: withTimeLimit(signal, maxReadMs),
      deadline: performance.now() + maxReadMs,
      timeZone,
      onWait,
    };
  }

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
    let skip = 0;
    for (let pages = 1; ; pages += 1) {
      const { entries, answer } = await close.list(
        skip === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}_skip=${skip}`,
        call,
      );
      const known = items.size;
      for (const item of valid(entries, schema, path)) items.set(item.id, item);
      skip += entries.length;
      if (answer.has_more !== true) break;
      if (items.size === known || items.size >= maxEntries || pages === maxPages) {
        log("warn", "list without an end", { path, pages, entries: items.size });
        break;
      }
    }
    return [...items.values()];
  }

  /** `lead_id` filters contacts (Close's documentation), `_fields` shortens the answer. */
  async function readContacts(leadId: string | undefined, call: CallContext): Promise<Lookup<Contact>> {
    if (leadId === undefined) {
      // Every opportunity has a lead: it is not known only while the opportunity cannot be read.
      return { state: "failed", reason: "the opportunity's lead is not known", isPassing: true };
    }
    const path = `/contact/?lead_id=${encodeURIComponent(leadId)}&_fields=id,name,emails`;
    try {
      return { state: "read", items: await readPages(path, contactSchema, call), fresh: true };
    } catch (error) {
      return unread(error, call);
    }
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

/** The list that could not be read. What ends the call, and what is no failure of the reading, is thrown on. */
function unread(error: unknown, { signal }: CallContext): Lookup<never> {
  if (signal.aborted || !(error instanceof Failure)) throw error;
  const isPassing = error instanceof CloseError && error.isPassing;
  return { state: "failed", reason: error.report.problem, isPassing };
}

type Cached<T> = (fresh: boolean, call: CallContext) => Promise<Lookup<T>>;

function cached<T>(read: (list: ListRead) => Promise<readonly T[]>): Cached<T> {
  let latest: Entry<T> | undefined;

  /** The list being read, otherwise the one kept if it may still be used, otherwise a new reading. */
  function current(fresh: boolean, timeZone: string): { entry: Entry<T>; isFresh: boolean } {
    if (latest !== undefined && (!latest.settled || (!fresh && Date.now() - latest.readAt < maxListAgeMs))) {
      return { entry: latest, isFresh: !latest.settled };
    }
    const waiting = new Set<CallContext>();
    const stop = new AbortController();
    const onWait = (reason: string, milliseconds: number) => {
      for (const call of waiting) call.onWait?.(reason, milliseconds);
    };
    const items = read({ signal: stop.signal, onWait, timeZone });
    const entry: Entry<T> = { items, readAt: Date.now(), settled: false, waiting, stop };
    latest = entry;
    entry.items.then(
      () => {
        entry.settled = true;
      },
      () => {
        if (latest === entry) latest = undefined;
      },
    );
    return { entry, isFresh: true };
  }

  return async (fresh, call) => {
    const { signal, timeZone } = call;
    const { entry, isFresh } = current(fresh, timeZone);
    entry.waiting.add(call);
    try {
      // A caller stops waiting when its own call ends; the reading goes on for the others.
      const items = await raceAbort(entry.items, signal, waitedTooLong);
      return { state: "read", items, fresh: isFresh };
    } catch (error) {
      return unread(error, call);
    } finally {
      entry.waiting.delete(call);
      if (entry.waiting.size === 0 && !entry.settled) {
        if (latest === entry) latest = undefined;
        entry.stop.abort();
      }
    }
  };
}

const waitedTooLong: FailureReport = {
  problem: "The call's time was used up, or it was cancelled, while names were being looked up.",
  record: "unchanged",
  remedy: "Call again in a moment.",
  isOutOfTime: true,
};
