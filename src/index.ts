#!/usr/bin/env node
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createClient } from "./close/client.ts";
import { createDirectory } from "./close/directory.ts";
import { createTransport } from "./close/transport.ts";
import { type Config, ConfigError, readCommand } from "./config.ts";
import { createLog } from "./log.ts";
import { createServer } from "./server.ts";
import { toolsFor } from "./tools/index.ts";
import { name, version } from "./version.ts";

/** How long running calls may go on once the host has gone, in milliseconds. */
const patience = 5_000;

const usage = `${name} [--sandbox] [--read-only] [--help] [--version]

Serves MCP over stdio: tools that let an agent change an opportunity in Close.

  --sandbox     use a made-up organization on this machine instead of Close; needs no key
  --read-only   leave out the tools that change something

Environment: CLOSE_API_KEY or CLOSE_ACCESS_TOKEN, CLOSE_BASE_URL, CLOSE_TIME_ZONE, CLOSE_READ_ONLY,
CLOSE_LOG_LEVEL. The README describes them.
`;

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.run === "help") process.stdout.write(usage);
  else if (command.run === "version") process.stdout.write(`${version}\n`);
  else await serve(command.sandbox ? await withSandbox(command.config) : command.config);
}

/** Points the configuration at an embedded copy of Close: nothing else differs. */
async function withSandbox(config: Config): Promise<Config> {
  const { startSandbox } = await import("./sandbox/sandbox.ts");
  const { url, apiKey } = await startSandbox();
  return { ...config, baseUrl: url, credentials: { scheme: "basic", secret: apiKey } };
}

async function serve({ credentials, baseUrl, timeZone, readOnly, logLevel }: Config): Promise<void> {
  const log = createLog(logLevel);
  const transport = createTransport(baseUrl);
  const close = createClient({ transport, baseUrl, credentials, log });
  const directory = createDirectory(close, timeZone, log);
  const { server, idle } = createServer({ tools: toolsFor({ readOnly }), close, directory, timeZone, log });

  const stop = async (reason: string) => {
    log("info", "stopping", { reason });
    await Promise.race([idle(), new Promise((resolve) => setTimeout(resolve, patience))]);
    process.exit(0);
  };
  process.stdin.once("end", () => void stop("end of input"));
  process.stdout.once("error", () => void stop("output closed"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The second signal finds no listener left and ends the process at once.
    process.once(signal, () => void stop(signal));
  }
  server.onerror = (error) => log("warn", "protocol error", { error: error.message });
  await server.connect(new StdioServerTransport());
  log("info", "serving", { version, baseUrl, timeZone, readOnly });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
