import { printableJson } from "./text.ts";

/** From the most to the least talkative. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
type LogLevel = (typeof logLevels)[number];

/** Writes one event, with the facts of it. */
export type Log = (level: LogLevel, event: string, facts?: Record<string, unknown>) => void;

/** A log of JSON lines on stderr: stdout is the protocol's. `redact` takes out of a line what must not be in a log. */
export function createLog(threshold: LogLevel, redact: (line: string) => string = (line) => line): Log {
  return (level, event, facts = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(threshold)) return;
    const line = printableJson({ time: new Date().toISOString(), level, event, ...facts });
    process.stderr.write(`${redact(line)}\n`);
  };
}
