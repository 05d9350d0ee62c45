import { spawn } from "node:child_process";
import { once } from "node:events";
import { z } from "zod/v3";
import { node, program } from "./host.ts";
import { stateEnvironment } from "./state-folder.ts";

const message = z
  .object({
    jsonrpc: z.literal("2.0"),
    id: z.union([z.number(), z.string(), z.null()]).optional(),
    method: z.string().optional(),
    params: z.unknown().optional(),
    result: z.unknown().optional(),
    error: z.object({ code: z.number(), message: z.string() }).passthrough().optional(),
  })
  .strict();
export type Message = z.infer<typeof message>;

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** What a host says of itself in `initialize`. */
export const opening = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "raw", version: "1.0.0" },
};

/** The built program as the operating system sees it, without a client library. */
export type RawProgram = {
  /** Writes text or bytes to its stdin as they are. */
  write(text: string | Uint8Array): void;
  /** Sends a request and returns the message that answers it. */
  request(method: string, params?: Record<string, unknown>): Promise<Message>;
  /** The protocol's opening: initialize and the notification that follows it. */
  initialize(): Promise<Message>;
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has exited and its output has been read to the end. */
  ended: Promise<Ended>;
  /** Every line of stdout so far as a protocol message. Throws where a line is none. */
  messages(): Message[];
  stderr(): string;
};

/**
 * Starts the built program, by this Node or another and its options, with nothing in its environment but what is given,
 * and the tests' state folder.
 */
export function startRaw(
  args: string[] = [],
  env: Record<string, string> = {},
  [command, ...options]: readonly [string, ...string[]] = node,
): RawProgram {
  const child = spawn(command, [...options, program, ...args], {
    env: { ...stateEnvironment(), ...env },
    stdio: "pipe",
  });
  let stdout = "";
  let stderr = "";
  let lastId = 0;
  let unread = "";
  const read: Message[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += String(chunk);
    unread += String(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += String(chunk);
  });
  child.stdin.on("error", () => {
    // The process may have ended already: what it left behind is what a test looks at.
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const messages = () => {
    for (let end = unread.indexOf("\n"); end !== -1; end = unread.indexOf("\n")) {
      read.push(message.parse(JSON.parse(unread.slice(0, end))));
      unread = unread.slice(end + 1);
    }
    return [...read];
  };

  async function request(method: string, params: Record<string, unknown> = {}): Promise<Message> {
    lastId += 1;
    const id = lastId;
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    for (let isOver = false; ; ) {
      const answer = messages().find((candidate) => candidate.id === id);
      if (answer !== undefined) return answer;
      if (isOver) throw new Error(`The program ended without an answer. stderr: ${stderr}`);
      isOver = await Promise.race([once(child.stdout, "data").then(() => false), ended.then(() => true)]);
    }
  }

  return {
    write: (text) => void child.stdin.write(text),
    request,
    async initialize() {
      const answer = await request("initialize", opening);
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
      return answer;
    },
    endInput: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended,
    messages,
    stderr: () => stderr,
  };
}
