import { expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { createLocks } from "../../src/state/locks.ts";

const never = new AbortController().signal;
const withoutFolder = () => createLocks(undefined, () => {});

/** Work that a test lets end, and what has been done so far. */
function workshop() {
  const done: string[] = [];
  const queues = withoutFolder();
  const ends = new Map<string, () => void>();
  const start = (name: string, key: string, signal = never) =>
    queues.run(key, { signal }, async () => {
      done.push(`${name} begins`);
      await new Promise<void>((resolve) => {
        ends.set(name, resolve);
      });
      done.push(`${name} ends`);
      return name;
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await turns();
  };
  return { done, queues, start, end };
}

/** Lets everything happen that waits for nothing. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

test("work of one key is done one after the other, in the order it came, and that of others beside it", async () => {
  const { done, start, end } = workshop();
  const all = [start("A", "x"), start("B", "x"), start("C", "x"), start("D", "y")];
  await turns();
  expect(done).toEqual(["A begins", "D begins"]);
  for (const name of ["D", "A", "B", "C"]) await end(name);
  expect(done.slice(3)).toEqual(["A ends", "B begins", "B ends", "C begins", "C ends"]);
  expect(await Promise.all(all)).toEqual(["A", "B", "C", "D"]);
});

test("whoever gives up waiting fails at once with nothing done, and does not let the next one overtake", async () => {
  const { done, start, end } = workshop();
  const first = start("A", "x");
  const giveUp = new AbortController();
  const second = start("B", "x", giveUp.signal);
  const third = start("C", "x");
  giveUp.abort();
  const failure: unknown = await second.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect(String(failure)).toMatch(/time was used up.*while another update of this opportunity was running/);
  await turns();
  expect(done).toEqual(["A begins"]);
  await end("A");
  await end("C");
  expect(done).toEqual(["A begins", "A ends", "C begins", "C ends"]);
  await Promise.all([first, third]);
});

test("a failure is the caller's alone, and lets the next one go on", async () => {
  const queues = withoutFolder();
  const failing = queues.run("x", { signal: never }, () => Promise.reject(new Error("no")));
  const next = queues.run("x", { signal: never }, async () => "done");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});
