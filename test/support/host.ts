import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport, type StdioServerParameters } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import type { jsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/types.js";
import type { Sandbox, SandboxRequest } from "./sandbox/sandbox.ts";
import { stateEnvironment } from "./state-folder.ts";

/** The built program, as it is published. */
export const program = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/**
 * The Node that runs it. Otherwise it would optimize the HTTP parser's WebAssembly at each start, and end only after that:
 * a third of all the tests' work.
 */
export const node = [process.execPath, "--liftoff-only"] as const;

const ajv = new AjvJsonSchemaValidator();

/** Compiles each published schema once for all hosts: an Ajv keeps what has an id. */
const validators: jsonSchemaValidator = {
  getValidator: <T>(schema: Parameters<typeof ajv.getValidator>[0]) => {
    const digest = createHash("sha256").update(JSON.stringify(schema)).digest("hex");
    return ajv.getValidator<T>({ $id: `urn:schema:${digest}`, ...schema });
  },
};

/** What the host receives: the structured content on success, or the text of an error. */
export type Reply = {
  isError: boolean;
  /** Of all content blocks. */
  text: string;
  /** Of the first content block. */
  summary: string;
  structured: Record<string, unknown>;
};

/** An MCP host that has started the server. */
export type Host = {
  client: Client;
  call(args: Record<string, unknown>, tool?: string, onProgress?: (message: string) => void): Promise<Reply>;
  /** All that the server has written to stderr. */
  log(): string;
  /** Kills the server: calls that it has not answered reject. */
  kill(): void;
  close(): Promise<void>;
};

export type HostOptions = {
  args?: string[];
  env?: Record<string, string>;
  /** Where the server's clock stands. */
  now?: Date;
  /** Whether its clock leaps, so that the lists it keeps for five minutes are read for every call. */
  forgets?: boolean;
};

const leaps = "const now = Date.now; let leaps = 0; Date.now = () => now() + 600_000 * leaps++;";
const leapingClock = `data:text/javascript,${encodeURIComponent(leaps)}`;

/** Starts the built server over stdio, with nothing in its environment but what is given, and the tests' state folder. */
export async function startHost({ args = [], env = {}, now, forgets = false }: HostOptions = {}): Promise<Host> {
  const [command, ...flags] = node;
  const clock = forgets ? leapingClock : now && new URL("set-clock.mjs", import.meta.url).href;
  const preload = clock === undefined ? [] : ["--import", clock];
  return connectHost({
    command,
    args: [...flags, ...preload, program, ...args],
    env: { ...env, ...(now && { FAKE_NOW: String(now.getTime()) }) },
  });
}

/** Starts a server over stdio, however it is to be started. */
export async function connectHost(server: StdioServerParameters): Promise<Host> {
  const transport = new StdioClientTransport({
    ...server,
    env: { ...stateEnvironment(), ...server.env },
    stderr: "pipe",
  });
  let log = "";
  transport.stderr?.on("data", (chunk) => {
    log += String(chunk);
  });
  const client = new Client({ name: "test-host", version: "1.0.0" }, { jsonSchemaValidator: validators });
  await client.connect(transport);
  await client.listTools();
  return {
    client,
    log: () => log,
    kill: () => void (transport.pid && process.kill(transport.pid, "SIGKILL")),
    close: () => client.close(),
    async call(given, tool = "update_opportunity", onProgress) {
      const options = onProgress && {
        onprogress: ({ message = "" }: { message?: string | undefined }) => onProgress(message),
      };
      // Through the official client, which validates structured content by the published output schema.
      const answer = await client.callTool({ name: tool, arguments: given }, undefined, options);
      const result = CallToolResultSchema.parse(answer);
      const texts = result.content.map((block) => (block.type === "text" ? block.text : ""));
      return {
        isError: result.isError ?? false,
        text: texts.join("\n"),
        summary: texts[0] ?? "",
        structured: result.structuredContent ?? {},
      };
    },
  };
}

/** Starts the server against a sandbox of the test's own, so that the test sees the wire. */
export function startHostFor(sandbox: Sandbox, options: HostOptions = {}): Promise<Host> {
  const env = { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, CLOSE_TIME_ZONE: "UTC" };
  return startHost({ ...options, env: { ...env, ...options.env } });
}

/** The PUTs that came over the wire. */
export function puts(sandbox: Sandbox): SandboxRequest[] {
  return sandbox.requests.filter(({ method }) => method === "PUT");
}

/** The bodies of the PUTs that came over the wire. */
export function sentBodies(sandbox: Sandbox): unknown[] {
  return puts(sandbox).map(({ body }) => body);
}
