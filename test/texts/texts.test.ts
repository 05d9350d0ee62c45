import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { readCommand } from "../../src/config.ts";
import { openToolbox } from "../../src/server/toolbox.ts";
import { type Host, type HostOptions, startHostFor } from "../support/host.ts";
import { startRaw } from "../support/raw-program.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";
import { stateEnvironment } from "../support/state-folder.ts";
import { type Call, failures, mistakes, now, results } from "./calls.ts";
import { document, type Shown } from "./document.ts";
import { exchangeFailures } from "./failures.ts";
import { refusedStarts } from "./start-up.ts";
import { warned } from "./warnings.ts";

const ending: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(ending.map((end) => end())));

test("every text that an agent or a user can see is in texts.md, as it is now (renew it with -u)", async () => {
  // Side by side, as some of the time is waiting.
  const [told, mistaken, done, doubted, failed, others, printed] = await Promise.all([
    instructions(),
    called(mistakes),
    called(results),
    called(warned),
    called(failures),
    otherFailures(),
    commandLine(),
  ]);
  const chapters = [
    { heading: "Instructions", texts: told },
    { heading: "Arguments with mistakes", texts: mistaken },
    { heading: "Results: what a person reads first", texts: done },
    { heading: "Warnings", texts: doubted },
    { heading: "Failed calls", texts: [...failed, ...others] },
    { heading: "Failed exchanges with Close", texts: [...exchangeFailures().values()].flat() },
    { heading: "Command line", texts: printed },
    { heading: "Starts that are refused", texts: refusedStarts() },
  ];
  const about =
    "The texts that an agent or a user can see: all failed exchanges, the rest by example. Made by `test/texts/texts.test.ts` of invented facts.";
  await expect(document("Texts", about, chapters)).toMatchFileSnapshot("texts.md");
}, 600_000);

test("every kind of failed exchange is among them", () => {
  for (const [name, texts] of exchangeFailures()) {
    expect(texts, `${name} has no facts in test/texts/`).not.toEqual([]);
  }
});

async function called(calls: readonly Call[]): Promise<Shown[]> {
  const shown: Shown[] = [];
  const sandbox = await open();
  const shared = await start(sandbox);
  for (const { when, tool = "update_opportunity", args: given, arm, unreadable = [], env, ...call } of calls) {
    const host = unreadable.length === 0 && env === undefined ? shared : await start(sandbox, env && { env });
    sandbox.reset();
    const args = { ...(call.planOf && { plan: await planOf(host, call.planOf, call.shownAs) }), ...given };
    call.meanwhile?.(sandbox);
    for (const path of unreadable) sandbox.fault({ kind: "answer", status: 403, path, times: Infinity });
    arm?.(sandbox);
    const { text, summary, isError } = await host.call(args, tool);
    const isFailure = calls === mistakes || calls === failures;
    expect(isError, `${when}: ${text}`).toBe(isFailure);
    const lines = summary.split("\n").filter((line) => calls !== warned || line.includes("Warning: "));
    if (!isFailure) expect(lines, when).not.toEqual([]);
    shown.push({ when: `${tool}: ${when}`, text: steady(isFailure ? text : lines.join("\n"), sandbox) });
  }
  return shown;
}

/** The plan, or else the undo, that the call makes. */
async function planOf(
  host: Host,
  { tool, args }: Pick<Call, "tool" | "args">,
  shownAs = (sentence: string) => sentence,
): Promise<string> {
  const { structured, text } = await host.call(args, tool);
  const { plan = structured.undo } = structured;
  expect(typeof plan, text).toBe("string");
  return shownAs(String(plan));
}

async function open(): Promise<Sandbox> {
  const sandbox = await startSandbox({ now: () => now });
  ending.push(sandbox.close);
  return sandbox;
}

async function start(sandbox: Sandbox, options: HostOptions = {}): Promise<Host> {
  const host = await startHostFor(sandbox, { now, ...options });
  ending.unshift(host.close);
  return host;
}

/** Without what differs from run to run. */
function steady(text: string, { url }: Sandbox): string {
  return text
    .replaceAll(new URL(url).host, "127.0.0.1:41234")
    .replace(/trace-id: \w+/g, "trace-id: …")
    .replace(/( · |of the plan )[a-z0-9]{6}\b/g, "$1k7f3a9");
}

async function instructions(): Promise<Shown[]> {
  const sandbox = await open();
  const shown = async (when: string, args: string[]) => {
    const { client } = await start(sandbox, { args });
    return { when, text: client.getInstructions() ?? "" };
  };
  return [await shown("with the tools that change something", []), await shown("read-only", ["--read-only"])];
}

async function otherFailures(): Promise<Shown[]> {
  const keyless = await start(await open(), { env: { CLOSE_API_KEY: "" } });
  const { text } = await keyless.call({ id: "oppo_1", confidence: 75 });
  return [
    { when: "there are no credentials", text },
    { when: "an error that nobody foresaw, while reading", text: await unforeseen("get_opportunity", {}) },
    { when: "and while updating", text: await unforeseen("update_opportunity", { confidence: 75 }) },
  ];
}

/** A bug in the program, of which there is none to be had: here it is the log that fails. */
async function unforeseen(tool: string, args: Record<string, unknown>): Promise<string> {
  const sandbox = await open();
  const env = { ...stateEnvironment(), CLOSE_API_KEY: sandbox.apiKey, CLOSE_BASE_URL: sandbox.url };
  const command = readCommand([], env);
  if (command.run !== "serve") throw new Error("It does not serve.");
  const toolbox = openToolbox(command.config, (level) => {
    if (level === "debug") throw new TypeError("x is not a function");
  });
  const [id] = sandbox.organization.opportunities.keys();
  const limits = { signal: new AbortController().signal, deadline: performance.now() + 45_000 };
  const result = await toolbox.call(tool, { id, ...args }, limits);
  return z.array(z.object({ text: z.string() })).parse(result?.content)[0]?.text ?? "";
}

async function commandLine(): Promise<Shown[]> {
  // By the clock of the machine, as the program that is started.
  const own = await startSandbox();
  onTestFinished(() => own.close());
  const env = { CLOSE_BASE_URL: own.url, CLOSE_TIME_ZONE: "Asia/Kathmandu", CLOSE_STATE_DIR: "off" };
  const printed = async (args: string[], variables: Record<string, string> = {}) => {
    const { stdout, stderr } = await startRaw(args, variables).ended;
    return steady(stdout + stderr, own);
  };
  return [
    { when: "--help", text: await printed(["--help"]) },
    { when: "check", text: await printed(["check"], { ...env, CLOSE_API_KEY: own.apiKey }) },
    {
      when: "check, and the key is bad",
      text: await printed(["check"], { ...env, CLOSE_API_KEY: "api_bad" }),
    },
    { when: "check without a key", text: await printed(["check"], env) },
  ];
}
