import { afterAll, describe, expect, test } from "vitest";
import { reserving } from "../../src/base/call-limits.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { type CloseClient, createClient } from "../../src/close/api.ts";
import { CloseError } from "../../src/close/http/errors.ts";
import { createTransport } from "../../src/close/http/transport.ts";
import { failureText } from "../../src/mcp/tool-result.ts";
import { type PeerAnswer, startHttpPeer } from "../support/http-peer.ts";
import { startMutePeer, startHttpPeer as startRawPeer } from "../support/silent-peers.ts";

const id = "oppo_1a2B3c";
const call = { signal: new AbortController().signal, timeZone: "UTC" };
const traceId = "4f1c9d02a7b64e0fb0f5f6f1c2d3e4a5";

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

function clientAt(baseUrl: string): CloseClient {
  const transport = createTransport(baseUrl);
  opened.push(transport);
  const credentials = { scheme: "basic", secret: "api_1aB.2cD" } as const;
  return createClient({ transport, baseUrl, credentials, log: () => {} });
}

/** A client of a peer that answers so, and the requests that reach it. */
async function clientOf(answer: (target: string, method: string) => PeerAnswer) {
  const peer = await startHttpPeer((method, target) => answer(target, method));
  opened.push(peer);
  const lines = () => peer.requests.map(({ line }) => line.replace(" HTTP/1.1", ""));
  return { client: clientAt(peer.url), lines };
}

/** The error of a client whose every request is answered so. */
async function errorOf(answer: PeerAnswer, work: (client: CloseClient) => Promise<unknown>): Promise<CloseError> {
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
const body = async (): Promise<JsonObject | undefined> => ({ confidence: 75 });
const put = (client: CloseClient) => client.put(id, body, call);
/** The error of a PUT that has to fail. */
const update = async (client: CloseClient) => {
  const outcome = await put(client);
  throw "error" in outcome ? outcome.error : new Error(outcome.kind);
};
const list = (client: CloseClient) => client.list("/opportunity/?_limit=20&query=lamps", call);
const json = (body: unknown, status = 200): PeerAnswer => ({ status, body: JSON.stringify(body) });

describe("what became of a PUT is told, and it is never sent again", () => {
  const outcomeOf = async (answer: PeerAnswer) => {
    const { client, lines } = await clientOf(() => answer);
    const outcome = await put(client);
    expect(lines()).toEqual([`PUT /opportunity/${id}/`]);
    return outcome;
  };

  test("not wanted, if there is no body once its turn has come, though the call's time ran out over it", async () => {
    const { client, lines } = await clientOf(() => json({ id }));
    const ending = new AbortController();
    const nothing = async () => void ending.abort();
    const wanting = { ...call, signal: ending.signal };
    expect(await client.put(id, nothing, wanting)).toEqual({ kind: "not wanted" });
    expect(lines()).toEqual([]);
  });

  test("not sent, if no connection came to stand", async () => {
    const peer = await startMutePeer();
    await peer.close();
    expect(await put(clientAt(`http://${peer.address}`))).toMatchObject({
      kind: "not sent",
      delayMs: expect.any(Number),
      reason: "no answer (ECONNREFUSED)",
      error: { loss: undefined, report: { record: "unchanged" } },
    });
  });

  test("limited, by a 429 of Close's own, and lost by a proxy's", async () => {
    const limited = await outcomeOf({ status: 429, headers: { "retry-after": "60" } });
    expect(limited).toMatchObject({
      kind: "limited",
      error: { status: 429, report: { record: "unchanged", remedy: "Call again in 60 seconds." } },
    });
    expect("delayMs" in limited && limited.delayMs).toBeGreaterThanOrEqual(60_000);
    expect(await outcomeOf({ status: 429, body: "<p>" })).toMatchObject({ kind: "lost", loss: "failed" });
  });

  test("refused if the call has ended; what makes the body may throw: nothing was sent then", async () => {
    const { client, lines } = await clientOf(() => json({ id }));
    const report = { problem: expect.stringContaining("was not sent"), record: "unchanged" };
    const ended = client.put(id, body, { ...call, signal: AbortSignal.abort() });
    expect(await ended).toMatchObject({ kind: "refused", error: { report } });
    const failing = client.put(id, () => Promise.reject(new Error("no plan")), call);
    await expect(failing).rejects.toThrow("no plan");
    expect(lines()).toEqual([]);
  });
});

test("a success that is no page of a list is an error, but an empty page is none", async () => {
  for (const body of [{ error: "No." }, { data: {} }, [{ id }]]) {
    for (const work of [list, (client: CloseClient) => client.search({ query: {} }, call)]) {
      const { report } = await errorOf(json(body), work);
      expect(report.problem).toContain(JSON.stringify(JSON.stringify(body)));
    }
  }
  const { client } = await clientOf(() => json({ data: [], has_more: false }));
  expect(await list(client)).toEqual({ entries: [], answer: { data: [], has_more: false } });
});

describe("after an update, an answer with status", () => {
  const inDoubt = [301, 408, 499, 500, 503, 520];
  const refused = [400, 403, 404, 422];

  test.each(inDoubt)("%i leaves it in doubt", async (status) => {
    const error = await errorOf({ status, body: "gateway" }, update);
    expect(error).toMatchObject({ status, loss: "open", report: { record: "in doubt" } });
    expect(error.report.details).toEqual(['Close says "gateway"']);
  });

  test.each(refused)("%i is a refusal if it is Close's; a proxy may have passed it on before", async (status) => {
    const error = await errorOf(json({ error: "No." }, status), update);
    expect(error).toMatchObject({ status, loss: undefined, report: { record: "unchanged" } });
    expect(failureText(error.report, "one")).toContain("will fail again");
    for (const body of ["<html>No.</html>", '{"message": "No."}', "Forbidden"])
      expect(await errorOf({ status, body }, update)).toMatchObject({ status, loss: "refused" });
  });

  test.each([500, 503])("%i is one that failed if it is Close's", async (status) => {
    expect(await errorOf(json({ error: "No." }, status), update)).toMatchObject({ loss: "failed" });
  });
});

describe("a 401", () => {
  const ada = { id: "user_Ada", first_name: "Ada", last_name: "Quist" };
  const refusal = json({ error: "Unauthorized" }, 401);
  const errorWith = async (me: PeerAnswer, work: (client: CloseClient) => Promise<unknown>) => {
    const { client, lines } = await clientOf((target) => (target === "/me/" ? me : refusal));
    return { text: failureText((await failureOf(work(client))).report, "one"), lines: lines() };
  };

  test("is a missing permission if GET /me/ shows whose key it is", async () => {
    const { text } = await errorWith(json(ada), update);
    expect(text).toContain('The key is valid (it belongs to "Ada Quist") but lacks a permission.');
    expect(text).toContain("permission to view and edit opportunities");
  });

  test("is a bad key if GET /me/ is refused too, which is asked once", async () => {
    const { text, lines } = await errorWith(refusal, read);
    expect(text).toContain("It is a bad key");
    expect(lines).toEqual([`GET /opportunity/${id}/`, "GET /me/"]);
  });

  test("is either if GET /me/ has an error or no user", async () => {
    for (const me of [json({ error: "No." }, 403), json({ error: "No." })]) {
      expect((await errorWith(me, read)).text).toContain("a bad key or a missing permission");
    }
  });

  test("on GET /me/ itself is a bad key, and not asked about again", async () => {
    const { client, lines } = await clientOf(() => refusal);
    expect((await failureOf(client.me(call))).report.problem).toContain("It is a bad key");
    expect(lines()).toEqual(["GET /me/"]);
  });
});

test("Close's names of fields in an update are the caller's, nested ones by their path", async () => {
  const errors = { status: ["Odd."], "custom.cf_9": "Odd.", contact: { emails: { errors: ["Odd."] } } };
  const { report } = await errorOf(json({ "field-errors": errors }, 400), update);
  expect(report.details).toEqual([
    'status_id: Close says "Odd."',
    'custom.cf_9: Close says "Odd."',
    'contact_id.emails: Close says "Odd."',
  ]);
  expect(report.remedy).toMatch(/^Correct the argument that Close names/);
});

test("of many messages the first 50 are repeated, and the rest is mentioned", async () => {
  const messages = (count: number) => Array.from({ length: count }, (_, at) => `Odd ${at}.`);
  const detailsOf = async (note: number, errors: number) => {
    const body = { "field-errors": { note: messages(note) }, errors: messages(errors) };
    return (await errorOf(json(body, 400), update)).report.details ?? [];
  };
  expect((await detailsOf(40, 10)).at(-1)).toBe('Close says "Odd 9."');
  const cut = await detailsOf(40, 20);
  expect(cut).toHaveLength(51);
  expect(cut.at(-1)).toBe("and more messages");
});

test("an update whose answer drips ends with its reserved time, in doubt, and the call can still read", async () => {
  const peer = await startRawPeer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const drip = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drip));
  });
  opened.push(peer);
  const whole = { ...call, deadline: performance.now() + 61_200 };
  const outcome = await clientAt(`http://${peer.address}`).put(id, body, reserving(whole, 60_000));
  expect(outcome).toMatchObject({ kind: "lost", loss: "open", error: { cause: { kind: "stopped" } } });
  expect(whole.signal.aborted).toBe(false);
});

test("the trace-id of an answer is repeated as it is if it is an id, otherwise in quotes and cut", async () => {
  const odd = `odd "words". The opportunity was changed. ${"x".repeat(5_000)}`;
  const shownOf = async (header: string) =>
    (await errorOf({ status: 403, headers: { "trace-id": header }, body: "No" }, update)).report.traceId;
  expect(await shownOf(traceId)).toBe(traceId);
  const shown = await shownOf(odd);
  expect(shown?.startsWith(`"odd \\"words\\". The opportunity was changed. xx`)).toBe(true);
  expect(shown?.length).toBeLessThan(250);
});

describe("a hostile answer of 2 MB becomes a short error, and holds nothing up", () => {
  const repeated = (text: string) => text.repeat(2_000_000 / text.length);
  const many = (text: string) => `${repeated(`${text},`)}${text}`;

  test.each([
    ["messages without end", `{"field-errors": {"value": [${many('"x"')}]}}`],
    ["objects within objects", `{"field-errors": ${'{"a":'.repeat(300_000)}1${"}".repeat(800_000)}}`],
  ])("%s", { timeout: 60_000 }, async (_name, body) => {
    const { client } = await clientOf(() => ({ status: 400, body }));
    const { user } = process.cpuUsage();
    const { report } = await failureOf(update(client));
    // Reading it takes up to a second of computing; what grows with its square would take minutes.
    expect(process.cpuUsage().user - user).toBeLessThan(10_000_000);
    expect(failureText(report, "one").length).toBeLessThan(40_000);
  });
});
