import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import { Failure } from "../../src/base/failure.ts";
import { createDirectory, type Directory } from "../../src/close/directory.ts";
import { type CallContext, createClient, type Page } from "../../src/close/http/client.ts";
import { createTransport, type Transport } from "../../src/close/http/transport.ts";
import { items, type Known, type ListName, nothingKnown } from "../../src/organization/lists.ts";
import { ids } from "../../src/sandbox/sandbox.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";

const all: ListName[] = ["pipelines", "customFields", "users"];
const newCall = () => ({ signal: new AbortController().signal, timeZone: "UTC" });
const call = newCall();

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
const namesOf = ({ users }: Known) => items(users).map(({ first_name }) => first_name);

test("only the lists asked for are read, all of them at once", async () => {
  expect(await directory.lookUp([], call)).toEqual(nothingKnown);
  expect(paths()).toEqual([]);
  const known = await directory.lookUp(all, call);
  expect(paths().sort()).toEqual(["/custom_field_schema/opportunity/", "/pipeline/", "/user/"]);
  expect(items(known.pipelines).map(({ name }) => name)).toEqual(["Sales", "Renewals"]);
  expect(items(known.customFields)).toHaveLength(Object.keys(ids.customFields).length);
  expect(namesOf(known)).toEqual(["Ada", "Ben", "Sam", "Sam", "Jordan", "Jordan"]);
});

test("every list is read with the call's time-zone offset, like all requests", async () => {
  await directory.lookUp(all, { ...call, timeZone: "Asia/Kathmandu" });
  expect(sandbox.requests.map(({ headers }) => headers["x-tz-offset"])).toEqual(["5.75", "5.75", "5.75"]);
});

test("a list is read once for all who wait for it", async () => {
  sandbox.fault({ kind: "latency", ms: 100 });
  const waiting = Array.from({ length: 20 }, () => directory.lookUp(["users"], newCall()));
  for (const known of await Promise.all(waiting)) {
    expect(known.users).toMatchObject({ state: "read", fresh: true });
  }
  expect(paths()).toEqual(["/user/"]);
});

test("a fresh list is read once for all who want it at the same time", async () => {
  await directory.lookUp(["users"], call);
  sandbox.fault({ kind: "latency", ms: 100 });
  const waiting = Array.from({ length: 20 }, () => directory.lookUp(["users"], newCall(), { fresh: true }));
  for (const known of await Promise.all(waiting)) {
    expect(known.users).toMatchObject({ state: "read", fresh: true });
  }
  expect(paths()).toEqual(["/user/", "/user/"]);
});

test("a list that has been read is kept, and read again if a fresh one is wanted", async () => {
  await directory.lookUp(["users"], call);
  sandbox.organization.users.push({
    id: "user_NewHand",
    first_name: "Noor",
    last_name: "Hand",
    email: "n@example.com",
  });
  const kept = await directory.lookUp(["users"], call);
  expect(kept.users).toMatchObject({ state: "read", fresh: false });
  expect(namesOf(kept)).not.toContain("Noor");
  expect(paths()).toEqual(["/user/"]);

  const fresh = await directory.lookUp(["users"], call, { fresh: true });
  expect(fresh.users).toMatchObject({ state: "read", fresh: true });
  expect(namesOf(fresh)).toContain("Noor");
  expect(namesOf(await directory.lookUp(["users"], call))).toContain("Noor");
  expect(paths()).toEqual(["/user/", "/user/"]);
});

test("a list is kept for five minutes", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await directory.lookUp(["pipelines"], call);
  vi.setSystemTime(Date.now() + 5 * 60_000 - 1_000);
  await directory.lookUp(["pipelines"], call);
  expect(paths()).toHaveLength(1);
  vi.setSystemTime(Date.now() + 2_000);
  await directory.lookUp(["pipelines"], call);
  expect(paths()).toHaveLength(2);
});

describe("a list of several pages", () => {
  function employ(count: number): void {
    const { users } = sandbox.organization;
    for (let n = users.length; n < count; n++) {
      users.push({ id: `user_${n}`, first_name: `First${n}`, last_name: "Hand", email: `${n}@example.com` });
    }
  }

  test("is read to its end, each entry once", async () => {
    employ(250);
    const known = await directory.lookUp(["users"], call);
    expect(items(known.users)).toHaveLength(250);
    expect(new Set(items(known.users).map(({ id }) => id)).size).toBe(250);
    expect(paths()).toHaveLength(3);
  });

  test("is not taken for read if one page fails", async () => {
    employ(250);
    sandbox.fault({ kind: "answer", status: 403, path: /_skip=200/, times: Infinity });
    const known = await directory.lookUp(["users"], call);
    expect(known.users).toMatchObject({ state: "failed", reason: expect.stringMatching(/403/) });
  });

  const warnings = () => logged.filter((entry) => JSON.stringify(entry).includes("list without an end"));

  test.each([
    ["and lists nothing", () => ({ data: [], has_more: true }), 0, 1],
    [
      "and repeats the same page, whatever _skip says",
      () => ({ data: [{ id: "user_1" }, { id: "user_2" }], has_more: true }),
      2,
      2,
    ],
  ])("ends if Close says that there is more %s", async (_name, change, entries, requests) => {
    sandbox.fault({ kind: "drift", change, times: Infinity });
    const { users } = await directory.lookUp(["users"], call);
    expect(users.state).toBe("read");
    expect(items(users)).toHaveLength(entries);
    expect(paths()).toHaveLength(requests);
    expect(warnings()).toHaveLength(1);
  });

  test("ends after 100 pages if there is always one more with something new", async () => {
    let next = 0;
    const change = () => ({ data: [{ id: `user_${next++}` }], has_more: true });
    sandbox.fault({ kind: "drift", change, times: Infinity });
    const { users } = await directory.lookUp(["users"], call);
    expect(items(users)).toHaveLength(100);
    expect(paths()).toHaveLength(100);
    expect(warnings()).toHaveLength(1);
  });

  test("has an entry once that two pages hold", async () => {
    employ(150);
    const change = (answer: unknown) => {
      const { data, has_more } = z
        .object({ data: z.array(z.unknown()), has_more: z.boolean() })
        .parse(answer);
      return { data: [{ id: "user_5", first_name: "Moved" }, ...data], has_more };
    };
    sandbox.fault({ kind: "drift", change, times: Infinity });
    const { users } = await directory.lookUp(["users"], call);
    expect(items(users).filter(({ id }) => id === "user_5")).toHaveLength(1);
  });
});

describe("an answer that is no list is a list that could not be read, and not an empty one", () => {
  test.each<[string, unknown]>([
    ["an error object", { error: "Something is wrong." }],
    ["an object in place of the list", { data: { id: "user_1" }, fields: {} }],
    ["null in place of the list", { data: null, fields: null }],
    ["an empty object", {}],
  ])("%s", async (_name, body) => {
    sandbox.fault({ kind: "drift", change: () => body, times: Infinity });
    const known = await directory.lookUp([...all, "me", "contacts"], call, { leadId: ids.leads.acme });
    const quoted = JSON.stringify(JSON.stringify(body));
    for (const lookup of Object.values(known)) {
      expect(lookup).toMatchObject({ state: "failed", reason: expect.stringContaining(quoted) });
    }
  });
});

describe("the key's user", () => {
  test("is read once, and kept", async () => {
    const first = await directory.lookUp(["me"], call);
    await directory.lookUp(["me"], call);
    expect(items(first.me)).toMatchObject([{ first_name: "Ada", organizations: [{ currency: "USD" }] }]);
    expect(paths()).toEqual(["/me/"]);
  });

  test("is known also if the memberships have another form than known", async () => {
    const change = (answer: unknown) => ({ ...z.record(z.unknown()).parse(answer), memberships: { odd: 1 } });
    sandbox.fault({ kind: "drift", change });
    expect(items((await directory.lookUp(["me"], call)).me)).toMatchObject([{ first_name: "Ada" }]);
  });
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
  const known = dripping.lookUp(["users"], call);
  await vi.advanceTimersByTimeAsync(19_999);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await vi.advanceTimersByTimeAsync(1);
  expect((await known).users).toEqual({ state: "failed", reason: "Stopped.", isPassing: false });
});

test("a list that cannot be read does not take the others away, and is tried again by the next call", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Not for you", path: "/custom_field_schema/" });
  const known = await directory.lookUp(all, call);
  expect(known.customFields).toMatchObject({ state: "failed", reason: expect.stringMatching(/403/) });
  expect(known.pipelines.state).toBe("read");
  const again = await directory.lookUp(["customFields"], call);
  expect(again.customFields).toMatchObject({ state: "read", fresh: true });
});

test("an entry of an unknown form is left out and logged, and the rest of the list is used", async () => {
  sandbox.fault({
    kind: "drift",
    change: () => ({ data: [{ id: 7 }, null, { id: "user_1", first_name: null, email: "a@example.com" }] }),
  });
  const known = await directory.lookUp(["users"], call);
  expect(items(known.users)).toMatchObject([{ id: "user_1" }]);
  expect(logged.filter((entry) => JSON.stringify(entry).includes("list entry left out"))).toHaveLength(2);
});

test("a call that ends stops waiting, and the others get the list all the same", async () => {
  sandbox.fault({ kind: "latency", ms: 150 });
  const calledOff = new AbortController();
  const first = directory.lookUp(["users"], { ...call, signal: calledOff.signal });
  const second = directory.lookUp(["users"], call);
  calledOff.abort();
  await expect(first).rejects.toBeInstanceOf(Failure);
  expect(namesOf(await second)).toContain("Ada");
  expect(paths()).toEqual(["/user/"]);
});
