import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { takeTicket } from "../../src/state/tickets.ts";

/** Whatever happens while a process is held up between looking and making its ticket. */
const meanwhile = vi.hoisted(() => ({ happens: () => {} }));
vi.mock("node:fs", async (importActual) => {
  const actual = await importActual<typeof import("node:fs")>();
  const writeFileSync: typeof actual.writeFileSync = (...file) => {
    const { happens } = meanwhile;
    meanwhile.happens = () => {};
    happens();
    actual.writeFileSync(...file);
  };
  return { ...actual, writeFileSync };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickets-"));
  let now = 1_000;
  vi.spyOn(Date, "now").mockImplementation(() => now++);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const { signal } = new AbortController();
const take = () => takeTicket(folder, "x", signal);

test("whoever looked before others came, and makes its ticket after them, waits for them all the same", async () => {
  const others: ReturnType<typeof take>[] = [];
  meanwhile.happens = () => void others.push(take(), take());
  const served = vi.fn();
  const held = take().then((giveBack) => {
    served();
    return giveBack;
  });
  for (const other of others) {
    const giveBack = await other;
    await setTimeout(60);
    expect(served).not.toHaveBeenCalled();
    giveBack?.();
  }
  (await held)?.();
  expect(readdirSync(folder)).toEqual([]);
});

test("one that was there and is gone by then changes nothing", async () => {
  const giveBack = await take();
  meanwhile.happens = () => giveBack?.();
  (await take())?.();
  expect(readdirSync(folder)).toEqual([]);
});

test("two that draw one number at once are served one after the other", async () => {
  vi.spyOn(Date, "now").mockReturnValue(1_000);
  const others: ReturnType<typeof take>[] = [];
  meanwhile.happens = () => void others.push(take());
  const served = vi.fn();
  const held = take().then((giveBack) => {
    served();
    return giveBack;
  });
  const giveBack = await others[0];
  await setTimeout(60);
  expect(served).not.toHaveBeenCalled();
  giveBack?.();
  (await held)?.();
});
