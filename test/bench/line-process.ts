import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod/v3";

const answer = z.object({
  id: z.number(),
  result: z.object({ isError: z.boolean().optional() }).passthrough(),
});
type Result = z.infer<typeof answer>["result"];

/** A Node process that answers lines of JSON-RPC, without a client library that takes time itself. */
export type LineProcess = {
  pid: number;
  /** Throws where the result is a tool's error. */
  request(method: string, params?: Record<string, unknown>): Promise<Result>;
  notify(method: string): void;
  /** Ends its input, and resolves when it has exited. */
  end(): Promise<void>;
};

/** Starts a Node process with nothing in its environment but PATH and what is given. */
export function startLineProcess(args: readonly string[], env: Record<string, string> = {}): LineProcess {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = new Map<number, (result: Result) => void>();
  let lastId = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result } = answer.parse(JSON.parse(line));
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const write = (message: Record<string, unknown>) =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

  return {
    pid: child.pid ?? 0,
    async request(method, params = {}) {
      lastId += 1;
      const id = lastId;
      const answered = new Promise<Result>((resolve) => waiting.set(id, resolve));
      write({ id, method, params });
      const result = await answered;
      if (result.isError) throw new Error(JSON.stringify(result));
      return result;
    },
    notify: (method) => write({ method }),
    async end() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
