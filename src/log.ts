/** From the most to the least talkative. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes one event, with facts that must not hold credentials. */
export type Log = (level: LogLevel, event: string, facts?: Record<string, unknown>) => void;

/** JSON escapes only the older control characters, but a terminal obeys these as well, and marks of direction. */
const terminalControls = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** A log of JSON lines on stderr. stdout belongs to the protocol (MCP specification, stdio transport). */
export function createLog(threshold: LogLevel): Log {
  return (level, event, facts = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(threshold)) return;
    const line = JSON.stringify({ time: new Date().toISOString(), level, event, ...facts });
    process.stderr.write(`${line.replace(terminalControls, escaped)}\n`);
  };
}
