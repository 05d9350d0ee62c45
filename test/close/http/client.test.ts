import { afterAll, describe, expect, test } from "vitest";
import { reserving } from "../../../src/base/call-limits.ts";
import { failureText } from "../../../src/base/failure.ts";
import { type CloseClient, createClient } from "../../../src/close/http/client.ts";
import { CloseError } from "../../../src/close/http/errors.ts";
import { createTransport } from "../../../src/close/http/transport.ts";
import { type PeerAnswer, startHttpPeer } from "../../support/http-peer.ts";
import { startHttpPeer as startDrippingPeer } from "../../support/silent-peers.ts";

const id = "oppo_1a2B3c";
const call = { signal: new AbortController().signal, timeZone: "UTC" };
const traceId = "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5";

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

/** A client of a peer that answers so, and the requests that reach it. */
async function clientOf(answer: (target: string, method: string) => PeerAnswer) {
  const peer = await startHttpPeer((method, target) => answer(target, method));
  const transport = createTransport(peer.url);
  opened.push(transport, peer);
  const client = createClient({
    transport,
    baseUrl: peer.url,
    credentials: { scheme: "basic", secret: "api_1aB.2cD" },
    log: () => {},
  });
  return { client, lines: () => peer.requests.map(({ line }) => line.replace(" HTTP/1.1", "")) };
}

/** The error of a client whose every request is answered so. */
async function errorOf(
  answer: PeerAnswer,
  work: (client: CloseClient) => Promise<unknown>,
): Promise<CloseError> {
  const { client } = await clientOf(() => answer);
  return failureOf(work(client));
}

async function failureOf(work: Promise<unknown>): Promise<CloseError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CloseError) return error;
  throw new Error(`No CloseError: ${String(error)}`);
}

const read = (client: CloseClient) => client.readOpportunity(id, call);
const update = (client: CloseClient) => client.updateOpportunity(id, async () => ({ confidence: 75 }), call);
const list = (client: CloseClient) => client.list("/opportunity/?_limit=20&query=lamps", call);
const json = (body: unknown, status = 200): PeerAnswer => ({ status, body: JSON.stringify(body) });

describe("a success that is not the opportunity asked for", () => {
  const bodies: [string, unknown][] = [
    ["an error object", { error: "Something went wrong." }],
    ["a page of a list", { data: [{ id }], has_more: false }],
    ["another opportunity", { id: "oppo_Another", confidence: 75 }],
    ["a record whose id is no text", { id: [id] }],
    ["an empty object", {}],
    ["a list", [{ id }]],
    ["a text", "done"],
    ["null", null],
  ];

  test.each(bodies)("is a read that failed: %s", async (_name, body) => {
    const { report, loss } = await errorOf(json(body), read);
    expect(loss).toBeUndefined();
    expect(report.problem).toContain(JSON.stringify(JSON.stringify(body)));
  });

  test.each(bodies)("leaves an update in doubt, as a lost answer does: %s", async (_name, body) => {
    const error = await errorOf(json(body), update);
    expect(error).toMatchObject({ status: 200, loss: "open" });
    expect(error.report).toMatchObject({ record: "in doubt", remedy: expect.stringContaining("dry_run") });
    expect(error.report.problem).toContain(JSON.stringify(JSON.stringify(body)));
  });

  test("is quoted, and cut if it is long", async () => {
    const { report } = await errorOf(
      json({ id: "oppo_Another", note: `"no'\n${"x".repeat(50_000)}` }),
      update,
    );
    expect(report.problem.length).toBeLessThan(800);
    expect(report.problem).not.toContain("\n");
  });
});

describe("a success that is no page of a list is an error", () => {
  test.each<[string, unknown]>([
    ["an error object", { error: "No." }],
    ["a list that is an object", { data: {} }],
    ["a bare list", [{ id }]],
  ])("%s", async (_name, body) => {
    for (const work of [list, (client: CloseClient) => client.search({ query: {} }, call)]) {
      const { report } = await errorOf(json(body), work);
      expect(report.problem).toContain(JSON.stringify(JSON.stringify(body)));
    }
  });

  test("but an empty page is none", async () => {
    const { client } = await clientOf(() => json({ data: [], has_more: false }));
    expect(await list(client)).toEqual({ entries: [], answer: { data: [], has_more: false } });
  });
});

describe("after an update, an answer with status", () => {
  const inDoubt = [301, 302, 303, 307, 308, 408, 444, 460, 499, 500, 502, 503, 504, 520, 599];
  const refused = [400, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 418, 422, 423, 428, 431, 451];

  test.each(inDoubt)("%i leaves it in doubt", async (status) => {
    const error = await errorOf({ status, body: "gateway" }, update);
    expect(error).toMatchObject({ status, loss: "open", report: { record: "in doubt" } });
    expect(error.report.details).toEqual(['Close says "gateway"']);
    expect(failureText(error.report)).not.toMatch(/refused|rejected|fail again|unchanged/);
  });

  test.each(refused)("%i is a refusal, if it is Close's", async (status) => {
    const error = await errorOf({ ...json({ error: "No." }), status }, update);
    expect(error).toMatchObject({ status, loss: undefined, report: { record: "unchanged" } });
    expect(failureText(error.report)).toContain("will fail again");
  });

  test.each(refused)(
    "%i leaves open whether a proxy has passed it on before, if it is not",
    async (status) => {
      for (const body of ["<html>No.</html>", '{"message": "No."}']) {
        expect(await errorOf({ status, body }, update)).toMatchObject({ status, loss: "refused" });
      }
    },
  );

  test.each([
    [403, "Forbidden"],
    [404, "no route"],
  ])("%i in plain text shows nothing, though Close sends a 403 so", async (status, body) => {
    expect(await errorOf({ status, body }, update)).toMatchObject({ loss: "refused" });
  });

  test("429 is no doubt: it was not applied", async () => {
    const { client } = await clientOf(() => ({ status: 429, headers: { "retry-after": "60" } }));
    const deadline = performance.now() + 45_000;
    const error = await failureOf(client.updateOpportunity(id, async () => ({}), { ...call, deadline }));
    expect(error).toMatchObject({ status: 429, loss: undefined });
    expect(error.report).toMatchObject({ record: "unchanged", remedy: "Call again in 60 seconds." });
  });
});

describe("a 401", () => {
  const ada = { id: "user_Ada", first_name: "Ada", last_name: "Quist" };
  const holding = (...granted: string[]) => ({ ...ada, memberships: [{ permissions_granted: granted }] });
  const refusal = json({ error: "Unauthorized" }, 401);
  const errorWith = async (me: PeerAnswer, work: (client: CloseClient) => Promise<unknown>) => {
    const { client, lines } = await clientOf((target) => (target === "/me/" ? me : refusal));
    return { text: failureText((await failureOf(work(client))).report), lines: lines() };
  };

  test("on an update names the permission that the key's user does not have", async () => {
    const { text } = await errorWith(json(holding("view_all_leads", "bulk_edit")), update);
    expect(text).toContain("does not have the permission manage_others_opportunities");
    expect(text).toContain("it belongs to Ada Quist");
    expect(text).not.toContain("view_all_leads");
  });

  test("on a read names the permission that the key's user does not have", async () => {
    const { text } = await errorWith(json(holding("manage_others_opportunities")), read);
    expect(text).toContain("does not have the permission view_all_leads");
  });

  test.each([
    [
      "the permissions that matter here are granted",
      holding("view_all_leads", "manage_others_opportunities"),
    ],
    ["GET /me/ does not show the permissions", ada],
    ["the memberships have another form than known", { ...ada, memberships: "none" }],
  ])("names no permission if %s", async (_name, me) => {
    const { text } = await errorWith(json(me), update);
    expect(text).toContain("The key is valid (it belongs to Ada Quist) but lacks a permission.");
    expect(text).toContain("permission to view and edit opportunities");
  });

  test("is a bad key if GET /me/ is refused too, which is asked once", async () => {
    const { text, lines } = await errorWith(refusal, read);
    expect(text).toContain("It is a bad key");
    expect(lines).toEqual([`GET /opportunity/${id}/`, "GET /me/"]);
  });

  test.each([
    ["an error", json({ error: "No." }, 403)],
    ["no user", json({ error: "No." })],
  ])("is either if GET /me/ has %s", async (_name, me) => {
    const { text } = await errorWith(me, read);
    expect(text).toContain("a bad key or a missing permission");
  });

  test("on GET /me/ itself is a bad key, and not asked about again", async () => {
    const { client, lines } = await clientOf(() => refusal);
    expect((await failureOf(client.me(call))).report.problem).toContain("It is a bad key");
    expect(lines()).toEqual(["GET /me/"]);
  });
});

describe("Close's names of fields are the caller's", () => {
  test.each([
    ["lead", "lead_id"],
    ["_limit", "limit"],
    ["_skip", "skip"],
    ["_order_by", "order_by"],
    ["status_id__in", "status"],
    ["user_id", "user"],
    ["date_won__gte", "date_won_from"],
    ["query", "query"],
  ])("in a search: %s is %s", async (closes, callers) => {
    const { report, refusedFields } = await errorOf(
      json({ "field-errors": { [closes]: "Odd." } }, 400),
      list,
    );
    expect(report.details).toEqual([`${callers}: Close says "Odd."`]);
    expect(refusedFields).toEqual([callers]);
    expect(report.problem).toBe(
      "Close answered GET /opportunity/ with 400 Bad Request. Close rejected the request.",
    );
  });

  test.each([
    ["lead", "lead_id"],
    ["status", "status_id"],
    ["user", "user_id"],
    ["contact", "contact_id"],
    ["custom.cf_9", "custom.cf_9"],
  ])("in an update: %s is %s", async (closes, callers) => {
    const { report } = await errorOf(json({ "field-errors": { [closes]: ["Odd."] } }, 400), update);
    expect(report.details).toEqual([`${callers}: Close says "Odd."`]);
    expect(report.remedy).toMatch(/^Correct what is named above\./);
  });

  test("a refusal that names no field does not send the caller looking for one", async () => {
    const { report } = await errorOf(json({ error: "Not today." }, 400), update);
    expect(report.details).toEqual(['Close says "Not today."']);
    expect(report.remedy).toMatch(/cannot be done here/);
  });
});

describe("of many messages the first 50 are repeated, and the rest is mentioned", () => {
  const messages = (count: number) => Array.from({ length: count }, (_, at) => `Odd ${at}.`);

  test.each([
    ["of one field", (count: number) => ({ "field-errors": { note: messages(count) } })],
    ["of the request", (count: number) => ({ errors: messages(count) })],
    [
      "of both",
      (count: number) => ({ "field-errors": { note: messages(count - 10) }, errors: messages(10) }),
    ],
  ])("%s", async (_name, body) => {
    const all = (await errorOf(json(body(50), 400), update)).report.details ?? [];
    expect(all).toHaveLength(50);
    expect(all.at(-1)).toMatch(/Close says "Odd \d+\."$/);
    const cut = (await errorOf(json(body(60), 400), update)).report.details ?? [];
    expect(cut).toHaveLength(51);
    expect(cut.at(-1)).toBe("and more messages");
  });
});

test("an update whose answer drips ends with its reserved time, in doubt, and the call can still read", async () => {
  const peer = await startDrippingPeer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const drip = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drip));
  });
  const transport = createTransport(`http://${peer.address}`);
  opened.push(transport, peer);
  const client = createClient({
    transport,
    baseUrl: `http://${peer.address}`,
    credentials: { scheme: "basic", secret: "api_1aB.2cD" },
    log: () => {},
  });
  const whole = { ...call, deadline: performance.now() + 60_200 };
  const error = await failureOf(
    client.updateOpportunity(id, async () => ({ confidence: 75 }), reserving(whole, 60_000)),
  );
  expect(error).toMatchObject({ loss: "open", cause: { kind: "stopped" } });
  expect(whole.signal.aborted).toBe(false);
});

test("what turns out not to be wanted is not sent, also if the call's time ran out over it", async () => {
  const { client } = await clientOf(() => json({ id }));
  const ending = new AbortController();
  const nothing = async () => {
    ending.abort();
    return undefined;
  };
  const sent = client.updateOpportunity(id, nothing, { ...call, signal: ending.signal });
  await expect(sent).resolves.toBeUndefined();
});

describe("the trace-id of an answer is repeated", () => {
  test.each([
    [traceId, traceId],
    [
      `odd "words". The opportunity was changed. ${"x".repeat(5_000)}`,
      `"odd \\"words\\". The opportunity was changed. xx`,
    ],
  ])("as it is if it is an id, otherwise in quotes and cut: %s", async (header, shown) => {
    const { report } = await errorOf({ status: 403, headers: { "trace-id": header }, body: "No" }, update);
    expect(report.traceId?.startsWith(shown)).toBe(true);
    expect(report.traceId?.length).toBeLessThan(250);
  });
});

describe("a hostile answer of nearly 5 MB becomes a short error, and holds nothing up", () => {
  const size = 4_900_000;
  const repeated = (text: string) => text.repeat(size / text.length);
  const nested = (open: string, inner: string, close: string, levels: number) =>
    open.repeat(levels) + inner + close.repeat(levels);
  const many = (text: string) => `${repeated(`${text},`)}${text}`;
  const key = "k".repeat(40_000);

  test.each([
    ["a million messages", `{"field-errors": {"value": [${many('"x"')}]}}`],
    ["a million fields", `{"field-errors": {${many('"a":1')}}}`],
    ["a million empty objects", `{"field-errors": {"a": [${many("{}")}]}}`],
    ["a million errors", `{"errors": [${many('"x"')}]}`],
    ["one long message", `{"error": "${repeated("<")}"}`],
    ["lists within lists, wide at the bottom", `{"field-errors": {"a": ${nested("[", many("1"), "]", 90)}}}`],
    [
      "long names within long names",
      `{"field-errors": ${nested(`{"${key}":`, `[${"1,".repeat(200_000)}1]`, "}", 90)}}`,
    ],
    ["lists within lists without an end", repeated("[")],
    ["objects within objects", `{"field-errors": ${nested('{"a":', "1", "}", 800_000)}}`],
    ["no JSON", repeated("{")],
  ])(
    "%s",
    async (_name, body) => {
      const { client } = await clientOf(() => ({ status: 400, body }));
      const { user } = process.cpuUsage();
      const { report } = await failureOf(update(client));
      // Reading it takes up to a second of computing; what grows with its square would take minutes.
      expect(process.cpuUsage().user - user).toBeLessThan(10_000_000);
      expect(failureText(report).length).toBeLessThan(40_000);
      expect(report.details?.length).toBeLessThanOrEqual(51);
    },
    60_000,
  );
});
