import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** How often those who wait look whether it is their turn, in milliseconds. */
const lookEveryMs = 20;

/** How often the owner of a ticket shows that it lives, and how long nobody has to see that for it to be dead, in milliseconds. */
const touchEveryMs = 500;
const deadAfterMs = 4_000;

/**
 * Takes the key's next ticket among all processes that share the folder, and waits until it is its turn: the first come
 * is the first served. Returns what gives it back, or undefined if the signal aborts before. Throws what the folder does.
 *
 * A ticket is a file `<key>.<number>`; of those there are, the lowest number is served.
 * - Two never hold one number, as the file must not exist before. Numbers are times, or one more than the highest that was
 *   seen if that is later: none comes back, so that whoever gives back or removes a ticket late never hits another one.
 * - Two never are served at once. Whoever makes its ticket late may be below one that is served already. But it looks
 *   afterwards, finds the higher one, which is there as long as it is served, and draws anew. So nobody has to wait for a lower ticket than those that it found right after it had made its own.
 *   The highest never draws anew for this reason: somebody always comes to be served.
 * - Owners touch their tickets, and name themselves in them. Whoever waits removes the very ticket of a process that is gone,
 *   if that is of the same machine and container, which alone have their process ids in common; and one that it has seen
 *   untouched for seconds in which it was running itself. Several may do so, to several tickets: each only removes what is
 *   dead. No clocks are compared.
 * - Whoever was only held up, and has lost its ticket for that, finds that out when its turn comes, and draws anew. If it
 *   was being served, it cannot be stopped: then two work at once, as without any lock.
 */
export async function takeTicket(folder: string, key: string, signal: AbortSignal): Promise<(() => void) | undefined> {
  while (!signal.aborted) {
    const ticket = draw(folder, key);
    if (ticket !== undefined) {
      const touching = setInterval(touch, touchEveryMs, ticket.path).unref();
      const giveBack = () => {
        clearInterval(touching);
        rmSync(ticket.path, { force: true });
      };
      let isOurTurn = false;
      try {
        isOurTurn = await isServed(ticket, signal);
      } finally {
        if (!isOurTurn) giveBack();
      }
      if (isOurTurn) return giveBack;
    } else await setTimeout(lookEveryMs);
  }
  return undefined;
}

/** `before` are the paths of those to be served before. */
type Ticket = { path: string; before: string[] };

/** Returns undefined if another process came in between. */
function draw(folder: string, key: string): Ticket | undefined {
  // Where letters of both cases name one file, two keys share their tickets, which does no harm.
  const prefix = `${key.toLowerCase()}.`;
  const pathOf = (number: number) => join(folder, `${prefix}${number}`);
  const own = Math.max(Date.now(), latest + 1);
  latest = own;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isMade(pathOf(own))) return undefined;
  const found = readdirSync(folder).flatMap((name) => {
    const number = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    return /^\d+$/.test(number) ? Number(number) : [];
  });
  const highest = Math.max(...found);
  if (found.includes(own) && highest === own) {
    return { path: pathOf(own), before: found.filter((number) => number < own).map(pathOf) };
  }
  latest = Math.max(latest, highest);
  rmSync(pathOf(own), { force: true });
  return undefined;
}

/** The number of the latest ticket that this process knows of. */
let latest = 0;

/** Makes the file, unless there is one. */
function isMade(path: string): boolean {
  try {
    writeFileSync(path, owner, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (existsSync(path)) return false;
    throw error;
  }
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
      else if (untouchedMs + passed < deadAfterMs && !isGone(other))
        watched.set(other, { touchedAt, untouchedMs: untouchedMs + passed });
      else rmSync(other, { force: true });
    }
  }
  return existsSync(path);
}

/** Where process ids are the same: Linux has a namespace of them for each container. */
function place(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

const ownPlace = place();
const owner = `${process.pid} ${ownPlace}`;

/** Whether the ticket's owner is certainly gone. */
function isGone(path: string): boolean {
  try {
    const [, pid, itsPlace] = /^(\d+) (.+)$/s.exec(readFileSync(path, "utf8")) ?? [];
    if (itsPlace === ownPlace) process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // It was removed: that shows when its turn comes.
  }
}
