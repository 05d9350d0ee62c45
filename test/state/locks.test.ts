import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { createLocks } from "../../src/state/locks.ts";
import { type LockProcess, startLockProcess } from "../support/lock-process.ts";

const never = { signal: new AbortController().signal };

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "locks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Processes that share a folder, and what lies there. */
async function processes<const N extends readonly string[]>(names: N) {
  const folder = freshFolder();
  const all = await Promise.all(
    names.map(async () => {
      const one = await startLockProcess(folder);
      onTestFinished(() => one.kill("SIGKILL"));
      return one;
    }),
  );
  const tickets = (key: string) => readdirSync(folder).filter((name) => name.startsWith(`${key}.`)).length;
  /** Lets it begin, or wait behind those before. */
  const queue = async (one: LockProcess | undefined, key: string) => {
    const before = tickets(key);
    one?.begin(key);
    await vi.waitFor(() => expect(tickets(key)).toBe(before + 1), { timeout: 10_000, interval: 5 });
  };
  return { folder, all, tickets, queue };
}

describe("processes that share a folder", () => {
  test("do the work of one key one after the other: nothing is lost between them", async () => {
    const { folder, all } = await processes(["A", "B", "C"]);
    const file = join(freshFolder(), "number");
    writeFileSync(file, "0");
    await Promise.all(all.map((one) => one.count("x", file, 40)));
    expect(readFileSync(file, "utf8")).toBe("120");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("take turns in the order they came, and work of other keys goes on beside them", async () => {
    const { folder, all, queue } = await processes(["A", "B", "C", "D"]);
    const [a, b, c, d] = all;
    await queue(a, "x");
    await queue(c, "x");
    await queue(b, "x");
    await queue(d, "y");
    await d?.says("began");
    await a?.says("began");
    expect(c?.said).toEqual(["ready"]);
    a?.end();
    await c?.says("began");
    expect(a?.said).toContain("ended");
    expect(b?.said).toEqual(["ready"]);
    c?.end();
    await b?.says("began");
    b?.end();
    d?.end();
    await Promise.all([b?.says("ended"), d?.says("ended")]);
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]));
  });

  test("wait some seconds for killed ones, however many", async () => {
    const { folder, all, queue } = await processes(["A", "B", "C"]);
    const [a, b, c] = all;
    for (const one of [a, b, c]) await queue(one, "x");
    await a?.says("began");
    a?.kill("SIGKILL");
    b?.kill("SIGKILL");
    expect(c?.said).toEqual(["ready"]);
    await c?.says("began", 25);
    c?.end();
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), { timeout: 10_000 });
  });

  test("do not let one overtake that was held up for long and taken for dead while it waited", async () => {
    const { all, queue, tickets } = await processes(["A", "B", "C"]);
    const [a, heldUp, c] = all;
    for (const one of [a, heldUp, c]) await queue(one, "x");
    heldUp?.kill("SIGSTOP");
    await vi.waitFor(() => expect(tickets("x")).toBe(2), { timeout: 15_000, interval: 20 });
    a?.end();
    await c?.says("began");
    heldUp?.kill("SIGCONT");
    await setTimeout(500);
    expect(heldUp?.said).toEqual(["ready"]);
    c?.end();
    await heldUp?.says("began");
  });
});

/** Work that goes on until it is ended, and whether it has begun. */
function work() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const began = vi.fn(() => ended);
  return { began, end };
}

/** Two processes in one: they know of each other by the folder alone. */
function two(folder = freshFolder()) {
  const log = vi.fn();
  return { folder, log, one: createLocks(folder, log), other: createLocks(folder, log) };
}

describe("whoever waits for another process", () => {
  test("hears of it every second, as long as it takes for one that lives, and fails with nothing done once the call ends", async () => {
    const { folder, one, other } = two();
    const first = work();
    const working = one.run("x", never, first.began);
    await vi.waitFor(() => expect(first.began).toHaveBeenCalled());
    const giveUp = new AbortController();
    const onWait = vi.fn();
    const second = work();
    const waiting = other.run("x", { signal: giveUp.signal, onWait }, second.began);
    // Two seconds more than it takes for a dead one.
    await vi.waitFor(() => expect(onWait).toHaveBeenCalledTimes(6), { timeout: 25_000 });
    expect(onWait).toHaveBeenLastCalledWith("another update of this opportunity", 1_000);
    expect(second.began).not.toHaveBeenCalled();
    giveUp.abort();
    await expect(waiting).rejects.toThrow(Failure);
    await expect(waiting).rejects.toThrow(/time was used up.*while another update of this opportunity was running/);
    expect(readdirSync(folder)).toHaveLength(1);
    first.end();
    await working;
    expect(second.began).not.toHaveBeenCalled();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is let in although the work before failed", async () => {
    const { one, other } = two();
    await expect(one.run("x", never, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await other.run("x", never, async () => "done")).toBe("done");
  });
});

describe("a folder that fails while it is used", () => {
  test("is made anew if it was removed", async () => {
    const { folder, log, one, other } = two();
    rmSync(folder, { recursive: true });
    const first = work();
    const working = one.run("x", never, first.began);
    await vi.waitFor(() => expect(first.began).toHaveBeenCalled());
    const second = work();
    const waiting = other.run("x", never, second.began);
    await setTimeout(100);
    expect(second.began).not.toHaveBeenCalled();
    first.end();
    second.end();
    await Promise.all([working, waiting]);
    expect(log).not.toHaveBeenCalled();
  });

  test("takes no notice of files that are no tickets", async () => {
    const { folder, one } = two();
    for (const name of ["x.lock", "x.", "x.1e3"]) writeFileSync(join(folder, name), "");
    expect(await one.run("x", never, async () => "done")).toBe("done");
  });

  test("leaves the order within the process, and that is said once", async () => {
    const { folder, log, one } = two();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file");
    const done: string[] = [];
    const slowly = (name: string) =>
      one.run("x", never, async () => {
        done.push(`${name} begins`);
        await setTimeout(20);
        done.push(`${name} ends`);
      });
    await Promise.all([slowly("A"), slowly("B")]);
    expect(done).toEqual(["A begins", "A ends", "B begins", "B ends"]);
    expect(log).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledWith("warn", expect.stringContaining("other processes"), expect.anything());
  });

  test("never makes a failure of work that was done", async () => {
    const { folder, one } = two();
    const result = one.run("x", never, async () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "a file");
      return "done";
    });
    expect(await result).toBe("done");
  });
});
