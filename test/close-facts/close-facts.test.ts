import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ids, type Organization, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { checkFacts, facts, table } from "./check.ts";
import { connect } from "./close.ts";
import { type Lie, startTrialSandbox } from "./sandbox.ts";
import { readMe } from "./trial.ts";

let sandbox: Sandbox;
let untouched: Organization;
const start = async (lie?: Lie) => {
  sandbox = await startTrialSandbox(lie);
  untouched = structuredClone(sandbox.organization);
};
afterEach(() => sandbox.close());

async function findings() {
  const close = connect(sandbox.url, `Basic ${btoa(`${sandbox.apiKey}:`)}`);
  return checkFacts(close, await readMe(close));
}

/** Of the records alone: the event log keeps what happened to those that are gone. */
function records({ leads, opportunities }: Organization) {
  return { leads, opportunities };
}

describe("What the program relies on of Close", () => {
  test("holds for the sandbox, as docs/close-facts.md shows (renew it with -u)", async () => {
    await start();
    const found = await findings();
    const page = `# What the program relies on of Close

Every fact is a check in \`test/close-facts/facts/\`. \`npm test\` holds the sandbox to them: the last column. Whether Close
itself is so has not been tried with an account. Anyone who has a key can, see [CONTRIBUTING.md](../CONTRIBUTING.md).

${table(found)}
`;
    await expect(page).toMatchFileSnapshot("../../docs/close-facts.md");
    expect(found.filter(({ result }) => result !== "holds").map(({ fact, seen }) => [fact.claim, seen])).toEqual([]);
  });

  const lies: [claim: RegExp, lie: Lie][] = [
    [/^Values are in cents/, (one) => ({ ...one, value_formatted: `$${one.value}` })],
    [/^A PUT changes only the keys/, (one, { body }) => (body.includes("60") ? { ...one, note: "" } : one)],
    [/^date_won is answered as/, (one) => ({ ...one, date_won: one.date_won && `${one.date_won}T00:00:00+00:00` })],
    [/^An update dates the opportunity/, (one) => ({ ...one, date_updated: "2024-01-01T00:00:00+00:00" })],
  ];
  test.each(lies)("is told where it is otherwise: %s", async (claim, lie) => {
    await start(lie);
    const refuted = (await findings()).filter(({ result }) => result === "does not hold");
    expect(refuted.map(({ fact }) => fact.claim)).toContainEqual(expect.stringMatching(claim));
    expect(refuted.length).toBeLessThan(facts.length / 2);
    expect(refuted.every(({ seen }) => seen)).toBe(true);
  });

  test("is not checked where the organization lacks what it takes", async () => {
    await start();
    sandbox.organization.pipelines.length = 1;
    sandbox.organization.customFields = [];
    untouched = structuredClone(sandbox.organization);
    const results = (await findings()).filter(({ result }) => result === "not checked").map(({ seen }) => seen);
    expect(results).toEqual(
      expect.arrayContaining(["needs a second pipeline", "needs a custom field of several choices"]),
    );
  });

  afterEach(() => expect(records(sandbox.organization)).toEqual(records(untouched)));
});

describe("npm run verify-close", () => {
  const script = ["--import", "tsx", "test/close-facts/verify-close.ts"];
  beforeEach(() => start());
  const env = () => ({ PATH: process.env.PATH, CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey });

  test("makes nothing unless the organization's id is given, and says whose key it is", async () => {
    const run = promisify(execFile)(process.execPath, [...script, "orga_Other"], { env: env() });
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/"Lantern Supply".*-- orga_/s) });
    expect(records(sandbox.organization)).toEqual(records(untouched));
  });

  test("removes what it made also when it is interrupted", async () => {
    const child = spawn(process.execPath, [...script, ids.organization], { env: env() });
    while (sandbox.organization.opportunities.size < untouched.opportunities.size + 2) await setTimeout(10);
    child.kill("SIGINT");
    await once(child, "exit");
    expect(records(sandbox.organization)).toEqual(records(untouched));
  });
});
