import { existsSync, mkdirSync, readdirSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** How often those who wait look whether it is their turn, in milliseconds. */
const lookEveryMs = 20;

/** How often the owner of a ticket touches it, and after how long without that it is dead, in milliseconds. */
const touchEveryMs = 500;
const deadAfterMs = 4_000;

/**
 * Takes the key's next ticket among all processes that share the folder, and waits until it is its turn: first come, first
 * served. Returns what gives it back, or undefined if the signal aborts before. Throws what the folder does.
 *
 * A ticket is a file `<key>.<number>` that must not exist before; the lowest number is served.
 * - Numbers are times, or one more than the highest that was seen if that is later: none comes back, so that whoever gives
 *   back or removes a ticket late never hits another one.
 * - Whoever makes its ticket late may be below one that is served already. But it looks afterwards, finds the higher one,
 *   which is there as long as it is served, and draws anew. So nobody has to wait for a lower ticket than those that it
 *   found right after it had made its own, and as the highest never draws anew, somebody always comes to be served.
 * - Owners touch their tickets. Whoever waits removes the very ticket that it has seen untouched for some four seconds in
 *   which it was running itself: its owner is gone. No clocks are compared.
 * - Whoever was held up for so long that it has lost its ticket draws anew when its turn comes. If it was being served, it
 *   cannot be stopped: then two work at once, as without any lock.
 */
export async function takeTicket(folder: string, key: string, signal: AbortSignal): Promise<(() => void) | undefined> {
  while (!signal.aborted) {
    const ticket = draw(folder, key);
    if (ticket === undefined) {
      await setTimeout(lookEveryMs);
      continue;
    }
    const touching = setInterval(touch, touchEveryMs, ticket.path).unref();
    const giveBack = () => {
      clearInterval(touching);
      remove(ticket.path);
    };
    let isOurTurn = false;
    try {
      isOurTurn = await isServed(ticket, signal);
    } finally {
      if (!isOurTurn) giveBack();
    }
    if (isOurTurn) return giveBack;
  }
  return undefined;
}

/** `before` are the paths of those to be served before. */
type Ticket = { path: string; before: string[] };

/** The number of the latest ticket that this process knows of. */
let latest = 0;

/** Returns undefined if another process came in between, or there was no folder. */
function draw(folder: string, key: string): Ticket | undefined {
  // Where letters of both cases name one file, two keys share their tickets, which does no harm.
  const prefix = `${key.toLowerCase()}.`;
  const pathOf = (number: number) => join(folder, `${prefix}${number}`);
  const own = Math.max(Date.now(), latest + 1);
  latest = own;
  try {
    writeFileSync(pathOf(own), "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") mkdirSync(folder, { recursive: true, mode: 0o700 });
    else if (code !== "EEXIST") throw error;
    return undefined;
  }
  const found = readdirSync(folder).flatMap((name) => {
    const number = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    return /^\d+$/.test(number) ? Number(number) : [];
  });
  const highest = Math.max(...found);
  if (highest === own) return { path: pathOf(own), before: found.filter((number) => number < own).map(pathOf) };
  latest = Math.max(latest, highest);
  remove(pathOf(own));
  return undefined;
}

/** Waits for the turn of the ticket. Returns false if the signal aborts before, or the ticket has been removed. */
async function isServed({ path, before }: Ticket, signal: AbortSignal): Promise<boolean> {
  const watched = new Map(before.map((other) => [other, { touchedAt: 0, untouchedMs: 0 }]));
  let lookedAt = performance.now();
  while (watched.size > 0) {
    await setTimeout(lookEveryMs);
    if (signal.aborted) return false;
    // A pause of this process, such as the computer's sleep, is one of the others as well.
    const passed = Math.min(performance.now() - lookedAt, 5 * lookEveryMs);
    lookedAt = performance.now();
    for (const [other, { touchedAt, untouchedMs }] of watched) {
      const now = statSync(other, { throwIfNoEntry: false })?.mtimeMs;
      if (now === undefined) watched.delete(other);
      else if (now !== touchedAt) watched.set(other, { touchedAt: now, untouchedMs: 0 });
      else if (untouchedMs < deadAfterMs) watched.set(other, { touchedAt, untouchedMs: untouchedMs + passed });
      else {
        remove(other);
        watched.delete(other);
      }
    }
  }
  return before.length === 0 || existsSync(path);
}

/** Not in the thread pool: a disk that hangs under the audit file must not make a ticket look dead. */
function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // It was removed: that shows when its turn comes.
  }
}

/** What cannot be removed is dead to the others as well: nobody touches it any more. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}
