import { createLog } from "./base/log.ts";
import { version } from "./base/version.ts";
import { redactor } from "./close/http/redaction.ts";
import { type Config, ConfigError, readCommand, usage } from "./config.ts";
import { createEnding } from "./server/ending.ts";
import { instructionsFor } from "./server/instructions.ts";
import { createServer } from "./server/server.ts";
import { stdioTransport } from "./server/stdio.ts";

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

/** Serves until the host has gone. `ready` resolves to the configuration once what it points at is listening. */
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
  const instructions = instructionsFor(config);
  const { server, getReady, idle, stopCalls } = createServer({ loadToolbox, instructions, log });
  const flushed = () => new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  const ending = createEnding({ idle, stopCalls, flushed, log });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ending.signal);
  // If nobody reads the log any more, there is nobody to report it to.
  process.stderr.on("error", () => {});
  server.onerror = (error) => log("warn", "protocol error", { error: error.message });
  const [input, output] = [process.stdin, process.stdout];
  const onDiscovered = getReady;
  await server.connect(
    stdioTransport({ input, output, instructions, onDiscovered, onEnd: ending.begin, log }),
  );
  const { baseUrl, timeZone, readOnly, readOnlyReason } = config;
  log("info", "serving", { version, baseUrl, timeZone, readOnly });
  if (readOnlyReason !== undefined) log("warn", "read-only", { reason: readOnlyReason });
}

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
