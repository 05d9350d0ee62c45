import { setImmediate, setTimeout } from "node:timers/promises";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createLog } from "./base/log.ts";
import { name, version } from "./base/version.ts";
import { redactor } from "./close/http/redaction.ts";
import { type Config, ConfigError, flagOptions, readCommand } from "./config.ts";
import { createServer } from "./server/server.ts";
import { inOnePieceATurn } from "./server/stdout.ts";

/** How long running calls may go on once the host has gone, in milliseconds. */
const gracePeriod = 5_000;
const lastGracePeriod = 1_000;

/** The largest message that is read, in bytes. The SDK's own limit is below what hosts send in a long note. */
const maxBufferSize = 64 * 1024 * 1024;

const usage = () => `${name} ${Object.keys(flagOptions)
  .map((flag) => `[--${flag}]`)
  .join(" ")}
${name} check

Serves MCP over stdio: tools that let an agent find and change opportunities in Close.
check verifies the credentials and shows whose they are.

${Object.entries(flagOptions)
  .map(([flag, { meaning, ...rest }]) => {
    const short = "short" in rest ? `, -${rest.short}` : "";
    return `  ${`--${flag}${short}`.padEnd(16)}${meaning}`;
  })
  .join("\n")}

Environment: CLOSE_API_KEY or CLOSE_ACCESS_TOKEN, CLOSE_BASE_URL, CLOSE_TIME_ZONE, CLOSE_READ_ONLY,
CLOSE_AUDIT_LOG, CLOSE_LOG_LEVEL. The README describes them.
`;

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.run === "help") process.stdout.write(usage());
  else if (command.run === "version") process.stdout.write(`${version}\n`);
  else {
    const { config, sandbox } = command;
    const ready = () => (sandbox ? withSandbox(config) : Promise.resolve(config));
    if (command.run === "serve") await serve(config, ready);
    else await runCheck(await ready());
  }
}

/** Points the configuration at an embedded copy of Close: nothing else differs. */
async function withSandbox(config: Config): Promise<Config> {
  const { startSandbox } = await import("./sandbox/sandbox.ts");
  const { url, apiKey } = await startSandbox();
  return { ...config, baseUrl: url, credentials: { scheme: "basic", secret: apiKey } };
}

async function runCheck(config: Config): Promise<void> {
  const { check } = await import("./check.ts");
  const { works, report } = await check(config, createLog(config.logLevel, redactor(config.credentials)));
  process.stdout.write(`${report}\n`, () => process.exit(works ? 0 : 1));
}

/** Serves until the host has gone. `ready` gives the configuration once what it points at can be talked to. */
async function serve(config: Config, ready: () => Promise<Config>): Promise<void> {
  const log = createLog(config.logLevel, redactor(config.credentials));
  // The tools, and what they need, would more than double the time that a host waits for the first answer.
  const loadToolbox = async () => {
    try {
      const { openToolbox } = await import("./server/toolbox.ts");
      return openToolbox(await ready(), log);
    } catch (error) {
      log("error", "the tools cannot be loaded", { error: String(error) });
      return process.exit(1);
    }
  };
  const { server, idle, stopCalls } = createServer({ loadToolbox, readOnly: config.readOnly, log });

  const output = inOnePieceATurn(process.stdout);

  let isStopping = false;
  const stop = async (reason: string) => {
    if (isStopping) return;
    isStopping = true;
    // A second signal, of either kind, finds no listener and ends the process at once.
    process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM");
    log("info", "stopping", { reason });
    await Promise.race([idle(), setTimeout(gracePeriod)]);
    // What still runs is told to end, so that a write on its way is in the audit file as in doubt.
    stopCalls();
    await Promise.race([idle(), setTimeout(lastGracePeriod)]);
    // The SDK writes a call's answer in the turn after the call has ended.
    await setImmediate();
    output.end(() => process.exit(0));
  };
  process.stdin.once("end", () => void stop("end of input"));
  process.stdout.on("error", () => void stop("output closed"));
  // Where nobody reads the log any more, there is nobody to tell.
  process.stderr.on("error", () => {});
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop(signal));
  }
  server.onerror = (error) => log("warn", "protocol error", { error: error.message });
  server.onclose = () => void stop("input that cannot be read");
  await server.connect(new StdioServerTransport(process.stdin, output, { maxBufferSize }));
  const { baseUrl, timeZone, readOnly, readOnlyReason } = config;
  log("info", "serving", { version, baseUrl, timeZone, readOnly });
  if (readOnlyReason !== undefined) log("warn", "read-only", { reason: readOnlyReason });
}

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
