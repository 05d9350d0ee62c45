import { mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { formsOf } from "../support/failed-call.ts";
import { type Host, type Reply, startHostFor } from "../support/host.ts";
import { startRaw } from "../support/raw-program.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { openSandbox } from "../support/served.ts";

/** Made up, with what JSON and URLs escape; the base64 of `key:` has "/", "+" and padding in it. */
const key = "api_4Qz>>>???/+made.up~key=";
const token = "tok_made/up+of=all/kinds";
const { acmeExpansion } = ids.opportunities;
const one = /^\/opportunity\/oppo_/;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const authorizations = { basic: `Basic ${base64(`${key}:`)}`, bearer: `Bearer ${token}` } as const;
type Scheme = keyof typeof authorizations;
const secrets = { basic: key, bearer: token } as const;

/** A text as an agent could read it: as it is, and with the escapes of JSON, of URLs and of HTML undone. */
function readings(text: string): string[] {
  const unescaped = text
    .replace(/\\+u([0-9a-f]{4})/gi, (_escape, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\+(["/\\])/g, "$1");
  const decoded = unescaped.replace(/%([0-9a-f]{2})/gi, (_escape, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const shown = unescaped
    .replace(/&#x([0-9a-f]+);/gi, (_entity, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#([0-9]+);/g, (_entity, code: string) => String.fromCharCode(Number(code)))
    .replace(/&gt;/g, ">");
  return [text, unescaped, decoded, shown];
}

function expectNoSecret(text: string, scheme: Scheme): void {
  for (const form of formsOf(secrets[scheme])) {
    for (const reading of readings(text)) expect(reading).not.toContain(form);
  }
}

const folder = mkdtempSync(join(tmpdir(), "secrets-"));
const auditFile = (scheme: Scheme) => join(folder, `${scheme}.jsonl`);

const start = (scheme: Scheme, credentials: Record<string, string>) =>
  startHostFor(sandbox, {
    env: {
      CLOSE_API_KEY: "",
      CLOSE_LOG_LEVEL: "debug",
      CLOSE_AUDIT_LOG: auditFile(scheme),
      ...credentials,
    },
  });

/** The sandbox behind a key that is not its own: what it answers is armed as faults of the method's whole path. */
const sandbox = await openSandbox();
const hosts: Record<Scheme, Host> = {
  basic: await start("basic", { CLOSE_API_KEY: key }),
  bearer: await start("bearer", { CLOSE_ACCESS_TOKEN: token }),
};

/** How much of the logs and audit files is there from earlier tests. */
let earlier: Record<Scheme, { log: number; audit: number }>;

const auditText = (scheme: Scheme) => readFile(auditFile(scheme), "utf8").catch(() => "");

beforeEach(async () => {
  const lengths = async (scheme: Scheme) => ({
    log: hosts[scheme].log().length,
    audit: (await auditText(scheme)).length,
  });
  earlier = { basic: await lengths("basic"), bearer: await lengths("bearer") };
});
afterAll(async () => {
  await hosts.basic.close();
  await hosts.bearer.close();
  await rm(folder, { recursive: true });
});

type Echo = { status: number; headers?: Record<string, string>; body?: string };

/** The opportunity is read, then `echo` answers the PUT and every read after it. */
function armEcho(echo: Echo): void {
  answerRead({ id: acmeExpansion, confidence: 50, date_updated: "2024-01-08T09:15:00+00:00" });
  sandbox.fault({ kind: "answer", ...echo, times: Infinity });
}

function answerRead(opportunity: Record<string, unknown>): void {
  const fault: Fault = { kind: "answer", status: 200, body: JSON.stringify(opportunity) };
  sandbox.fault({ ...fault, method: "GET", path: one });
}

/** All that the call left behind: what the agent reads, the log at its most talkative, the audit file. */
async function expectNothingLeaked(reply: Reply, scheme: Scheme): Promise<void> {
  expectNoSecret(reply.text, scheme);
  expectNoSecret(JSON.stringify(reply.structured), scheme);
  expectNoSecret(hosts[scheme].log().slice(earlier[scheme].log), scheme);
  expectNoSecret((await auditText(scheme)).slice(earlier[scheme].audit), scheme);
}

const schemes = ["basic", "bearer"] as const;

const echoedMessage = (sent: string, secret: string): Echo => ({
  status: 400,
  body: JSON.stringify({ "field-errors": { [sent]: [secret, { [secret]: sent }] } }),
});

/** What an error page, a proxy or a debugging aid may repeat of a request; spellings are for test/close/http/. */
const echoes: [string, (sent: string, secret: string) => Echo][] = [
  ["a 400 that repeats it in a field's message and a field's name", echoedMessage],
  [
    "a 502 of HTML with entities",
    (sent, secret) => ({
      status: 502,
      headers: { "content-type": "text/html" },
      body: `<pre>${sent.replace(/\W/g, (one) => `&#${one.charCodeAt(0)};`)}\n${secret}</pre>`,
    }),
  ],
  [
    "an answer cut off in the middle of the secret",
    (sent, secret) => ({ status: 200, body: `{"error": "${"x".repeat(240)}${sent} ${secret}` }),
  ],
];

describe.each(schemes)("with %s credentials", (scheme) => {
  const host = () => hosts[scheme];
  const [sent, secret] = [authorizations[scheme], secrets[scheme]];
  const update = { id: acmeExpansion, confidence: 75 };

  test("they are what is sent, so that the tests below look for the right texts", async () => {
    await host().call(update);
    expect(sandbox.requests[0]?.headers.authorization).toBe(sent);
    const [encoded = ""] = sent.split(" ").slice(1);
    expect(formsOf(secret).some((form) => encoded.startsWith(form))).toBe(true);
  });

  describe("no output has them if the answer repeats them", () => {
    test.each(echoes)("%s", async (_name, echo) => {
      armEcho(echo(sent, secret));
      const reply = await host().call(update);
      expect(reply.isError).toBe(true);
      const newLog = () => hosts[scheme].log().slice(earlier[scheme].log);
      await vi.waitFor(() => expect(newLog()).toContain('"method":"PUT"'), { timeout: 10_000 });
      await expectNothingLeaked(reply, scheme);
    });

    test("also of a search", async () => {
      sandbox.fault({ kind: "answer", ...echoedMessage(sent, secret), times: Infinity });
      const reply = await host().call({}, "find_opportunities");
      expect(reply.isError).toBe(true);
      await expectNothingLeaked(reply, scheme);
    });

    test("a success, in values, names and places that are not valid, before and after", async () => {
      const places = { note: `${sent} ${secret}`, lead_name: secret, value: secret, warnings: [secret] };
      const custom = { [sent]: [secret], [`custom.cf_${secret}`]: { deep: [sent] } };
      const spoiled = { ...update, ...places, ...custom };
      answerRead({ ...spoiled, confidence: 50, note: "old" });
      sandbox.fault({ kind: "answer", status: 200, body: JSON.stringify(spoiled), method: "PUT" });
      const reply = await host().call(update);
      expect(reply).toMatchObject({ isError: false, structured: { confidence: 75 } });
      await expectNothingLeaked(reply, scheme);
      expect(await readFile(auditFile(scheme), "utf8")).toContain("[credentials]");
    });
  });

  describe("no output has them if the caller itself writes them into an argument", () => {
    const base64Secret = base64(secret);
    test.each<[string, Record<string, unknown>, string?]>([
      ["a note", { ...update, note: `${secret}, also known as ${base64Secret}` }],
      ["a mistaken value and an unknown name", { ...update, value: secret, status_id: secret, [secret]: 1 }],
      ["a dry run", { ...update, note: encodeURIComponent(secret), dry_run: true }],
      ["a mistaken filter", { order_by: secret }, "find_opportunities"],
    ])("%s", async (_name, args, tool) => {
      answerRead({ ...update, confidence: 50 });
      const body = JSON.stringify({ ...update, ...args });
      sandbox.fault({ kind: "answer", status: 200, body, method: "PUT" });
      const reply = await host().call(args, tool);
      expect(reply.text).toContain("[credentials]");
      expect(reply.text).not.toMatch(/authorization/i);
      await expectNothingLeaked(reply, scheme);
    });
  });

  test("the progress of an update of many does not have them if a lead is called so", async () => {
    const id = ids.opportunities.acmeRenewal;
    const body = JSON.stringify({ id, confidence: 50, lead_name: `${sent} ${secret}` });
    sandbox.fault({ kind: "answer", status: 200, body, path: `/opportunity/${id}/`, times: Infinity });
    // The other one takes longer, so that there is progress before the result.
    sandbox.fault({ kind: "latency", ms: 200, path: `/opportunity/${acmeExpansion}/` });
    const messages: string[] = [];
    const args = { updates: [{ ids: [id, acmeExpansion], confidence: 75 }] };
    const reply = await host().call(args, "update_opportunities", (message) => messages.push(message));
    expect(messages.join()).toContain("[credentials]");
    expectNoSecret(messages.join(), scheme);
    await expectNothingLeaked(reply, scheme);
  });

  test("the protocol's own error for a tool of such a name does not have them", async () => {
    const error: unknown = await host()
      .call({}, `get_${secret}`)
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain('Unknown tool: "get_[credentials]"');
    expectNoSecret(String(error), scheme);
  });
});

test("an argument that holds them is sent as it is, and counts as shown where the answer repeats it", async () => {
  const note = `${key}, as mailed`;
  answerRead({ id: acmeExpansion, note: "old" });
  sandbox.fault({
    kind: "answer",
    status: 200,
    body: JSON.stringify({ id: acmeExpansion, note }),
    method: "PUT",
  });
  const reply = await hosts.basic.call({ id: acmeExpansion, note });
  expect(sandbox.requests.at(-1)?.body).toEqual({ note });
  expect(reply.structured.changes).toMatchObject([{ from: "old", to: "[credentials], as mailed" }]);
  expect(reply.structured.warnings).toEqual([expect.stringContaining("This replaces the whole note")]);
  expectNoSecret(reply.text, "basic");
});

test("a check shows nothing of the credentials, whatever the answers repeat", async () => {
  const [sent, secret] = [authorizations.basic, secrets.basic];
  // To every request: the user, and the lists without entries.
  const user = { id: "user_1", first_name: sent, organizations: [{ name: secret }] };
  const body = JSON.stringify({ ...user, data: [], fields: [] });
  for (const answer of [
    { status: 200, body },
    { status: 302, headers: { location: `/${sent}/${secret}` } },
  ]) {
    sandbox.reset();
    sandbox.fault({ kind: "answer", ...answer, times: Infinity });
    const env = { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: secret };
    const { code, stdout, stderr } = await startRaw(["check"], env).ended;
    expect(code === 0).toBe(answer.status === 200);
    expectNoSecret(stdout + stderr, "basic");
  }
});

test("the audit file and the log were written all the while, so that no test above searched empty ones", async () => {
  for (const scheme of schemes) {
    const lines = (await readFile(auditFile(scheme), "utf8")).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(5);
    await vi.waitFor(() => expect(hosts[scheme].log()).toContain('"method":"PUT"'), { timeout: 10_000 });
  }
});
