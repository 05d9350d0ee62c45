import { ConfigError, readCommand } from "../../src/config.ts";
import type { Shown } from "./document.ts";

const starts: readonly { args?: string[]; env?: Record<string, string> }[] = [
  { args: ["--sandbx"] },
  { args: ["serve"] },
  { env: { CLOSE_API_KEY: "api_1", CLOSE_ACCESS_TOKEN: "token_1" } },
  { env: { CLOSE_API_KEY: "api 1" } },
  { env: { CLOSE_BASE_URL: "api.close.com" } },
  { env: { CLOSE_BASE_URL: "https://ada:hush@api.close.com" } },
  { env: { CLOSE_BASE_URL: "https://api.close.com?key=1" } },
  { env: { CLOSE_BASE_URL: "http://api.close.com" } },
  { env: { CLOSE_TIME_ZONE: "Mars/Olympus" } },
  { env: { CLOSE_READ_ONLY: "perhaps" } },
  { env: { CLOSE_CONFIRM: "never" } },
  { env: { CLOSE_WRITABLE_FIELDS: "," } },
  { env: { CLOSE_MAX_UPDATES_PER_HOUR: "0" } },
  { env: { CLOSE_STATE_DIR: "state" } },
  { env: { CLOSE_AUDIT_LOG: "/" } },
  { env: { CLOSE_AUDIT_LOG: "/nowhere/audit.jsonl" } },
  { env: { CLOSE_LOG_LEVEL: "loud" } },
  { env: { HTTPS_PROXY: "socks5://proxy:3128" } },
];

/** The line with which each wrong flag or variable stops the start. */
export function refusedStarts(): Shown[] {
  return starts.map(({ args = [], env = {} }) => ({
    when: [...Object.entries(env).map((entry) => entry.join("=")), ...args].join(" "),
    text: refusal(args, env),
  }));
}

function refusal(args: string[], env: Record<string, string>): string {
  try {
    readCommand(args, env);
    throw new Error("It starts.");
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
