/** From the most to the least talkative. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
type LogLevel = (typeof logLevels)[number];

/** Writes one event, with the facts of it. */
export type Log = (level: LogLevel, event: string, facts?: Record<string, unknown>) => void;

/** JSON escapes only the older control characters, but a terminal obeys these as well, and marks of direction. */
const terminalControls = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

function jsonEscape(characters: string): string {
  return characters.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A log of JSON lines on stderr: stdout is the protocol's. `redact` takes out of a line what must not be in a log. */
export function createLog(threshold: LogLevel, redact: (line: string) => string = (line) => line): Log {
  return (level, event, facts = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(threshold)) return;
    const line = JSON.stringify({ time: new Date().toISOString(), level, event, ...facts });
    process.stderr.write(`${redact(line).replace(terminalControls, jsonEscape)}\n`);
  };
}
