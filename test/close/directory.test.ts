import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { Failure } from "../../src/base/failure.ts";
import { createClient, type Page } from "../../src/close/api.ts";
import { createDirectory, type Directory } from "../../src/close/directory.ts";
import type { CallContext } from "../../src/close/http/requests.ts";
import { createTransport, type Transport } from "../../src/close/http/transport.ts";
import { nothingKnown, readLists, UnreadList } from "../../src/organization/lists.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";

const newCall = () => ({ signal: new AbortController().signal, timeZone: "UTC" });

const unusedClient = createClient({
  transport: createTransport("http://127.0.0.1:1"),
  baseUrl: "http://127.0.0.1:1",
  credentials: undefined,
  log: () => {},
});

let sandbox: Sandbox;
let transport: Transport;
let directory: Directory;
let logged: unknown[];

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => {
  sandbox.reset();
  logged = [];
  transport = createTransport(sandbox.url);
  const log = (level: string, event: string, facts: unknown) => void logged.push({ level, event, facts });
  const close = createClient({
    transport,
    baseUrl: sandbox.url,
    credentials: { scheme: "bearer", secret: sandbox.accessToken },
    log,
  });
  directory = createDirectory(close, log);
});
afterEach(async () => {
  vi.useRealTimers();
  await transport.close();
});
afterAll(() => sandbox.close());

const paths = () => sandbox.requests.map(({ path }) => path);
const warnings = (event: string) => logged.filter((entry) => JSON.stringify(entry).includes(event));

/** The organization's lists, as a new call reads them. */
const names = (call: CallContext = newCall()) => directory.namesFor(call);
const firstNames = async (call = names()) => (await call.users.read()).map(({ first_name }) => first_name);

function hire(id: string): void {
  sandbox.organization.users.push({ id, first_name: id, last_name: "Hand", email: `${id}@example.com` });
}

test("only the lists asked for are read, all of them at once, each once a call", async () => {
  const call = names({ ...newCall(), timeZone: "Asia/Kathmandu" });
  expect([call.known(), paths()]).toEqual([nothingKnown, []]);
  const contacts = call.contactsOf(ids.leads.acme);
  for (let time = 0; time < 2; time += 1) {
    await readLists([call.pipelines, call.customFields, call.users, call.me, contacts]);
  }
  expect(paths().sort()).toEqual([
    `/contact/?lead_id=${ids.leads.acme}&_fields=id,name,emails`,
    "/custom_field_schema/opportunity/",
    "/me/",
    "/pipeline/",
    "/user/",
  ]);
  for (const { headers } of sandbox.requests) expect(headers["x-tz-offset"]).toBe("5.75");
  const known = call.known();
  expect(known.pipelines.map(({ name }) => name)).toEqual(["Sales", "Renewals"]);
  expect(known.customFields).toHaveLength(Object.keys(ids.customFields).length);
  expect(known.me).toMatchObject([{ first_name: "Ada", organizations: [{ currency: "USD" }] }]);
  expect(known.contacts).toHaveLength(3);
});

test("a list is read once for all calls that wait for it, anew as well", async () => {
  for (const read of ["read", "readAgain"] as const) {
    sandbox.fault({ kind: "latency", ms: 100 });
    await Promise.all(Array.from({ length: 20 }, () => names().users[read]()));
  }
  expect(paths()).toEqual(["/user/", "/user/"]);
});

test("a list is kept for later calls, and read again if a new one is wanted, at most once a call", async () => {
  expect(await firstNames()).toContain("Ada");
  hire("Noor");
  const call = names();
  expect(await firstNames(call)).not.toContain("Noor");
  for (let time = 0; time < 2; time += 1) await call.users.readAgain();
  for (const again of [call, names()]) expect(await firstNames(again)).toContain("Noor");
  expect(paths()).toEqual(["/user/", "/user/"]);
  // What was read for this very call is as good as new.
  const { pipelines } = names();
  expect(await pipelines.read()).toBe(await pipelines.readAgain());
  expect(paths()).toHaveLength(3);
});

test("a list is kept for five minutes, contacts for no other call", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
  await names().pipelines.read();
  later(5 * 60_000 - 1_000);
  await names().pipelines.read();
  expect(paths()).toHaveLength(1);
  later(2_000);
  await names().pipelines.read();
  expect(paths()).toHaveLength(2);
  for (let time = 0; time < 2; time += 1) await names().contactsOf(ids.leads.acme).read();
  expect(paths()).toHaveLength(4);
});

test("contacts cannot be looked up while the opportunity's lead is not known", async () => {
  await expect(names().contactsOf(undefined).read()).rejects.toThrow(/lead is not known/);
  expect(paths()).toEqual([]);
});

describe("a list of several pages", () => {
  const always = (change: (answer: unknown) => unknown) => sandbox.fault({ kind: "drift", change, times: Infinity });
  const employ = (count: number) => {
    for (let n = sandbox.organization.users.length; n < count; n++) hire(`user_${n}`);
  };

  test("is read to its end, each entry once", async () => {
    employ(250);
    const users = await names().users.read();
    expect(new Set(users.map(({ id }) => id)).size).toBe(250);
    expect([users.length, paths().length]).toEqual([250, 3]);
  });

  test("is not taken for read if one page fails", async () => {
    employ(250);
    sandbox.fault({ kind: "answer", status: 403, path: /_skip=200/, times: Infinity });
    await expect(names().users.read()).rejects.toThrow(/403/);
  });

  test("has an entry once that two pages hold", async () => {
    employ(150);
    const page = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });
    always((answer) => {
      const { data, has_more } = page.parse(answer);
      return { data: [{ id: "user_5", first_name: "Moved" }, ...data], has_more };
    });
    expect((await firstNames()).filter((name) => name === "Moved")).toHaveLength(1);
  });

  test.each<[string, () => unknown[], number, number]>([
    ["lists nothing", () => [], 0, 1],
    ["repeats a page", () => [{ id: "user_1" }, { id: "user_2" }], 2, 9],
    ["always has one more", () => [{ id: `user_${paths().length}` }], 100, 100],
  ])("ends if Close says that there is more, and %s", async (_name, page, entries, requests) => {
    always(() => ({ data: page(), has_more: true }));
    expect(await names().users.read()).toHaveLength(entries);
    expect(paths()).toHaveLength(requests);
  });

  test("is read eight pages at a time after the first", async () => {
    employ(3_000);
    sandbox.fault({ kind: "latency", ms: 300, times: Infinity });
    const reading = names().users.read();
    await vi.waitFor(() => expect(paths()).toHaveLength(1));
    await vi.waitFor(() => expect(paths()).toHaveLength(9), { interval: 5, timeout: 5_000 });
    expect(await reading).toHaveLength(3_000);
    expect(paths()).toHaveLength(30);
  });

  test("is in Close's order, whichever page comes first", async () => {
    employ(400);
    sandbox.fault({ kind: "latency", ms: 100, path: /_skip=100/ });
    const users = await names().users.read();
    expect(users.map(({ id }) => id)).toEqual(sandbox.organization.users.map(({ id }) => id));
  });

  test("is read no further than to what is enough, and from there on if more is wanted", async () => {
    employ(3_000);
    const call = names();
    const found = await call.users.read(({ id }) => id === "user_250");
    expect(found.map(({ id }) => id)).toContain("user_250");
    expect(paths().length).toBeLessThan(20);
    expect(await names().users.read()).toHaveLength(3_000);
    expect(new Set(paths()).size).toBe(30);
    expect(paths()).toHaveLength(30);
  });

  test("is kept as far as it came if a page fails, and read on by the next call", async () => {
    employ(600);
    sandbox.fault({ kind: "answer", status: 403, path: /_skip=300/ });
    await expect(names().users.read()).rejects.toThrow(/403/);
    expect(await names().users.read()).toHaveLength(600);
    expect(paths()).toHaveLength(7);
  });

  test("is kept as far as it came if the call's time runs out or it is cancelled, and read on by the next call", async () => {
    employ(600);
    sandbox.fault({ kind: "latency", ms: 100, path: /_skip=/, times: Infinity });
    const ending = new AbortController();
    const first = names({ ...newCall(), signal: ending.signal }).users.read();
    await vi.waitFor(() => expect(paths()).toHaveLength(6));
    ending.abort();
    await expect(first).rejects.toThrow(/time was used up, or it was cancelled/);
    expect(await names().users.read()).toHaveLength(600);
    expect(paths()).toHaveLength(11);
  });

  test("is as good as new for half a minute, so that a mistyped name does not read it again", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    employ(250);
    await names().users.readAgain();
    vi.setSystemTime(Date.now() + 29_000);
    await names().users.readAgain();
    expect(paths()).toHaveLength(3);
    vi.setSystemTime(Date.now() + 2_000);
    await names().users.readAgain();
    expect(paths()).toHaveLength(6);
  });

  test("tells a person who watches how far it is", async () => {
    employ(1_250);
    const steps: string[] = [];
    await names({ ...newCall(), onStep: (message) => steps.push(message) }).users.read();
    expect(steps).toHaveLength(13);
    expect([steps[0], steps.at(-1)]).toEqual(["Reading users: 100", "Reading users: 1,250"]);
    await names({ ...newCall(), onStep: (message) => steps.push(message) }).pipelines.read();
    expect(steps).toHaveLength(13);
  });
});

test("a list is kept for no longer than a minute for a call that writes", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await names().pipelines.read();
  vi.setSystemTime(Date.now() + 61_000);
  await names().pipelines.read();
  expect(paths()).toHaveLength(1);
  await directory.namesFor(newCall(), true).pipelines.read();
  expect(paths()).toHaveLength(2);
});

test.each<[string, unknown]>([
  ["an error object", { error: "Something is wrong." }],
  ["an object in place of the list", { data: { id: "user_1" }, fields: {} }],
  ["null in place of the list", { data: null, fields: null }],
])("%s is a list that could not be read, and not an empty one", async (_name, body) => {
  sandbox.fault({ kind: "drift", change: () => body, times: Infinity });
  const { pipelines, customFields, users, me, contactsOf } = names();
  const unread = await readLists([pipelines, customFields, users, me, contactsOf(ids.leads.acme)]);
  expect(unread).toHaveLength(5);
  for (const { report } of unread) expect(report.problem).toContain(JSON.stringify(JSON.stringify(body)));
});

test("a list that cannot be read does not take the others away, and is tried again by the next call", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Not for you", path: "/custom_field_schema/" });
  const call = names();
  const [unread, ...others] = await readLists([call.pipelines, call.customFields]);
  expect([unread?.report.problem, others]).toEqual([
    expect.stringMatching(/^The custom fields could not be read: .*403/),
    [],
  ]);
  await expect(call.customFields.read()).rejects.toBe(unread);
  expect(await names().customFields.read()).not.toEqual([]);
});

test("an entry of an unknown form is left out and logged, and the rest of the list is used", async () => {
  const data = [{ id: 7 }, { id: "user_1", first_name: null, email: "a@example.com" }];
  sandbox.fault({ kind: "drift", change: () => ({ data }) });
  expect(await names().users.read()).toMatchObject([{ id: "user_1" }]);
  expect(warnings("list entry left out")).toHaveLength(1);
  const change = (answer: unknown) => ({ ...z.record(z.unknown()).parse(answer), memberships: { odd: 1 } });
  sandbox.fault({ kind: "drift", change });
  expect(await names().me.read()).toMatchObject([{ first_name: "Ada" }]);
});

test("a list that drips is given up after 20 seconds, although the call has more time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const signals: AbortSignal[] = [];
  const close = {
    list: (_path: string, { signal }: CallContext) =>
      new Promise<Page>((_resolve, reject) => {
        signals.push(signal);
        signal.addEventListener("abort", () =>
          reject(new Failure({ problem: "Stopped.", record: "unchanged", remedy: "Call again." })),
        );
      }),
  };
  const dripping = createDirectory({ ...unusedClient, ...close }, () => {});
  const error = dripping
    .namesFor(newCall())
    .users.read()
    .catch((reason: unknown) => reason);
  await vi.advanceTimersByTimeAsync(19_999);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await vi.advanceTimersByTimeAsync(1);
  const problem = "The users could not be read: nothing came within 20 seconds.";
  expect(await error).toMatchObject({ report: { problem } });
  expect(await error).toBeInstanceOf(UnreadList);
});

test("a call that ends stops waiting, and the others get the list all the same", async () => {
  sandbox.fault({ kind: "latency", ms: 150 });
  const calledOff = new AbortController();
  const first = names({ ...newCall(), signal: calledOff.signal }).users.read();
  const second = firstNames();
  await vi.waitFor(() => expect(paths()).toHaveLength(1));
  calledOff.abort();
  await expect(first).rejects.toMatchObject({ report: { canBeSentAgain: true } });
  expect(await second).toContain("Ada");
  expect(paths()).toEqual(["/user/", "/user/"]);
});
