/** From the most to the least talkative. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes one event, with facts that must not hold credentials. */
export type Log = (level: LogLevel, event: string, facts?: Record<string, unknown>) => void;

/** A log of JSON lines on stderr. stdout belongs to the protocol (MCP specification, stdio transport). */
export function createLog(threshold: LogLevel): Log {
  return (level, event, facts = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(threshold)) return;
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
  };
}
