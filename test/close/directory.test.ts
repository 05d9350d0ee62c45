import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { createDirectory, type Directory } from "../../src/close/directory.ts";
import { createClient } from "../../src/close/http/client.ts";
import { createTransport, type Transport } from "../../src/close/http/transport.ts";
import { items, type Known, type ListName } from "../../src/organization/lists.ts";
import { ids, type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";

const all: ListName[] = ["pipelines", "customFields", "users"];
const newCall = () => ({ signal: new AbortController().signal, timeZone: "UTC" });
const call = newCall();

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
  expect(await directory.lookUp([], call)).toEqual({
    pipelines: { state: "unread" },
    customFields: { state: "unread" },
    users: { state: "unread" },
    me: { state: "unread" },
    contacts: { state: "unread" },
  });
  expect(paths()).toEqual([]);
  const known = await directory.lookUp(all, call);
  expect(paths().sort()).toEqual(["/custom_field_schema/opportunity/", "/pipeline/", "/user/"]);
  expect(items(known.pipelines).map(({ name }) => name)).toEqual(["Sales", "Renewals"]);
  expect(items(known.customFields)).toHaveLength(Object.keys(ids.customFields).length);
  expect(namesOf(known)).toEqual(["Ada", "Ben", "Sam", "Sam"]);
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

test("a list that has been read is kept, and read again where a fresh one is wanted", async () => {
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

  test("is not taken for read where one page fails", async () => {
    employ(250);
    sandbox.fault({ kind: "answer", status: 403, path: /_skip=200/, times: Infinity });
    const known = await directory.lookUp(["users"], call);
    expect(known.users).toMatchObject({ state: "failed", reason: expect.stringMatching(/403/) });
  });

  test("is not asked for without end where Close says that there is more, and gives nothing", async () => {
    sandbox.fault({ kind: "drift", change: () => ({ data: [], has_more: true }), times: Infinity });
    expect((await directory.lookUp(["users"], call)).users).toMatchObject({ state: "read", items: [] });
    expect(paths()).toHaveLength(1);
  });
});

test("a list that cannot be read does not take the others away, and is tried again by the next call", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Not for you", path: "/custom_field_schema/" });
  const known = await directory.lookUp(all, call);
  expect(known.customFields).toMatchObject({ state: "failed", reason: expect.stringMatching(/403/) });
  expect(known.pipelines.state).toBe("read");
  const again = await directory.lookUp(["customFields"], call);
  expect(again.customFields).toMatchObject({ state: "read", fresh: true });
});

test("an entry of another form than known is left out and logged, and the rest of the list holds", async () => {
  sandbox.fault({
    kind: "drift",
    change: () => ({ data: [{ id: 7 }, null, { id: "user_1", first_name: null, email: "a@example.com" }] }),
  });
  const known = await directory.lookUp(["users"], call);
  expect(items(known.users)).toMatchObject([{ id: "user_1" }]);
  expect(logged.filter((entry) => JSON.stringify(entry).includes("list entry left out"))).toHaveLength(2);
});

test("who is called off stops waiting, and the others get the list all the same", async () => {
  sandbox.fault({ kind: "latency", ms: 150 });
  const calledOff = new AbortController();
  const first = directory.lookUp(["users"], { ...call, signal: calledOff.signal });
  const second = directory.lookUp(["users"], call);
  calledOff.abort();
  await expect(first).rejects.toBeInstanceOf(Failure);
  expect(namesOf(await second)).toContain("Ada");
  expect(paths()).toEqual(["/user/"]);
});
