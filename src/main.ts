import { createLog, type Log } from "./base/log.ts";
import { printable } from "./base/text.ts";
import { version } from "./base/version.ts";
import { check } from "./check.ts";
import { redactor } from "./close/http/redaction.ts";
import { type Config, ConfigError, readCommand, usage } from "./config.ts";
import { instructionsFor } from "./server/instructions.ts";
import { createServer } from "./server/server.ts";
import { createShutdown } from "./server/shutdown.ts";
import { stdioTransport } from "./server/stdio.ts";
import { openToolbox } from "./server/toolbox.ts";

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.run === "help") process.stdout.write(usage());
  else if (command.run === "version") process.stdout.write(`${version}\n`);
  else {
    const config = command.sandbox ? await withSandbox(command.config) : command.config;
    const log = createLog(config.logLevel, redactor(config.credentials));
    await (command.run === "serve" ? serve : runCheck)(config, log);
  }
}

/** Points the configuration at an embedded copy of Close. It keeps nothing: the next sandbox is another Close. */
async function withSandbox(config: Config): Promise<Config> {
  const { startSandbox } = await import("./sandbox/sandbox.ts");
  const { url, apiKey } = await startSandbox();
  return { ...config, baseUrl: url, credentials: { scheme: "basic", secret: apiKey }, stateDir: "off" };
}

async function runCheck(config: Config, log: Log): Promise<void> {
  const { works, report } = await check(config, log);
  process.stdout.write(`${report}\n`, () => process.exit(works ? 0 : 1));
}

/** Serves until the host has gone. */
async function serve(config: Config, log: Log): Promise<void> {
  const { server, ...calls } = createServer(openToolbox(config, log), instructionsFor(config), log);
  const shutdown = createShutdown(calls, log);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, shutdown.signal);
  // If nobody reads the log any more, there is nobody to report it to.
  process.stderr.on("error", () => {});
  server.onerror = (error) => log("warn", "protocol error", { error: error.message });
  await server.connect(stdioTransport(process.stdin, process.stdout, shutdown.begin));
  const { baseUrl, timeZone, readOnly } = config;
  log("info", "serving", { version, baseUrl, timeZone, readOnly });
}

main().catch((error: unknown) => {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${printable(error.message)}\n`);
  process.exitCode = 1;
});
