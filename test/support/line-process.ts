import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod/v3";
import { opening } from "./raw-program.ts";
import { stateEnvironment } from "./state-folder.ts";

const answer = z.object({
  id: z.number(),
  result: z.object({ isError: z.boolean().optional() }).passthrough(),
});
type Result = z.infer<typeof answer>["result"];

/** A Node process that answers lines of JSON-RPC, without a client library that takes time itself. */
export type LineProcess = {
  pid: number;
  /** Throws if the result is a tool's error. */
  request(method: string, params?: Record<string, unknown>): Promise<Result>;
  /** Ends its input, and resolves when it has exited. */
  end(): Promise<void>;
};

/** Starts a Node process with nothing in its environment but PATH, the tests' state folder and what is given. */
export function startLineProcess(script: string, env: Record<string, string> = {}): LineProcess {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, ...stateEnvironment(), ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = new Map<number, (result: Result) => void>();
  let lastId = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result } = answer.parse(JSON.parse(line));
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  return {
    pid: child.pid ?? 0,
    async request(method, params = {}) {
      lastId += 1;
      const id = lastId;
      const answered = new Promise<Result>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      const result = await answered;
      if (result.isError) throw new Error(JSON.stringify(result));
      return result;
    },
    async end() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

/** Starts a built program, and resolves when it has listed its tools. */
export async function startServer(program: string, env: Record<string, string> = {}): Promise<LineProcess> {
  const server = startLineProcess(program, env);
  await server.request("initialize", opening);
  await server.request("tools/list");
  return server;
}
