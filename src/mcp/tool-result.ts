import { isObject, type JsonObject, parseObject } from "../base/json.ts";
import { beginning, printable } from "../base/text.ts";
import type { Redact } from "../close/http/redaction.ts";
import { leftOut, textsCut } from "./warnings.ts";

/** What a tool returns: lines for a person, data for a program, and warnings for both. */
export type ToolResult = {
  lines: readonly string[];
  data: JsonObject;
  /** What stays of the data if it is too large for a message: as much as the output schema requires. */
  brief?: JsonObject;
  warnings: readonly string[];
};

/** The result of a call (MCP specification, tools). */
export type CallResult = {
  content: { type: "text"; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
};

/** Official clients drop the connection at a message of 10 MB, after a write has happened. */
const maxCharacters = { line: 100_000, text: 1_000_000, structured: 6_000_000, warning: 1_000, value: 1_000 };

/** How many warnings are kept of a result that is left out. */
const maxKeptWarnings = 100;

/**
 * Some hosts show the model only the text, some only the structured content: both hold everything.
 *
 * @param redact takes the credentials out of a text: what Close answers is clean already, what the caller wrote is not.
 */
export function success(result: ToolResult, redact: Redact): CallResult {
  const { lines, warnings } = result;
  const summary = [...lines, ...warnings.map((warning) => `Warning: ${warning}`)]
    .map((line) => beginning(printable(line), maxCharacters.line))
    .join("\n");
  const { structured, json } = redactedResult(fittingOneMessage(result), redact);
  return {
    content: [
      { type: "text", text: beginning(redact(summary), maxCharacters.text) },
      { type: "text", text: jsonText(structured, json) },
    ],
    structuredContent: structured,
  };
}

/** The result of a call that failed: one text, and no structured content. */
export function failed(text: string, redact: Redact): CallResult {
  return { content: [{ type: "text", text: beginning(redact(text), maxCharacters.text) }], isError: true };
}

/** Structured content, and the same as JSON: writing it takes longer than all else that is done to a result. */
type Rendered = { structured: JsonObject; json: string };

function rendered(structured: JsonObject): Rendered {
  return { structured, json: JSON.stringify(structured) };
}

function redactedResult({ structured, json }: Rendered, redact: Redact): Rendered {
  const clean = redact(json);
  return clean === json ? { structured, json } : { structured: parseObject(clean) ?? {}, json: clean };
}

/** Of a result that is too large, long texts are cut; what is still too large is left out. */
function fittingOneMessage({ data, brief, warnings }: ToolResult): Rendered {
  const all = warnings.length === 0 ? data : { ...data, warnings };
  const whole = hasMoreText(all, maxCharacters.structured) ? undefined : rendered(all);
  if (whole !== undefined && whole.json.length <= maxCharacters.structured) return whole;
  const notes = [...warnings, textsCut(hasLongUndo(data))];
  const json = withBeginnings({ ...data, warnings: notes });
  if (json.length <= maxCharacters.structured) return { structured: parseObject(json) ?? {}, json };
  const kept = warnings.slice(0, maxKeptWarnings).map((warning) => beginning(warning, maxCharacters.warning));
  return rendered({ ...brief, warnings: [...kept, leftOut()] });
}

/** Whether the texts in the value have more characters than that together: to write them all may take more memory than there is. */
function hasMoreText(value: unknown, characters: number): boolean {
  let left = characters;
  const isPastEnd = (part: unknown): boolean => {
    if (typeof part === "string") left -= part.length;
    return left < 0 || (typeof part === "object" && part !== null && Object.values(part).some(isPastEnd));
  };
  return isPastEnd(value);
}

/** Whether the result, or a row of it, has an undo with a long text. */
function hasLongUndo({ undo, results }: JsonObject): boolean {
  const rows: readonly unknown[] = Array.isArray(results) ? results : [];
  return hasLongText(undo) || rows.some((row) => isObject(row) && hasLongText(row.undo));
}

function hasLongText(value: unknown): boolean {
  if (typeof value === "string") return value.length > maxCharacters.value;
  return typeof value === "object" && value !== null && Object.values(value).some(hasLongText);
}

/** Without any `undo` that has a long text: an update that brings back a truncated text would lose the rest of it. */
function withBeginnings(json: JsonObject): string {
  return JSON.stringify(json, (key, value: unknown) => {
    if (key === "undo" && hasLongText(value)) return undefined;
    return typeof value === "string" ? beginning(value, maxCharacters.value) : value;
  });
}

/** The JSON of structured content, for hosts that show only text: of what is huge, the beginnings. */
function jsonText(structured: JsonObject, json: string): string {
  if (json.length <= maxCharacters.text) return json;
  const beginnings = withBeginnings(structured);
  if (beginnings.length <= maxCharacters.text) return beginnings;
  return `The result is too long to be repeated as text (${json.length} characters): it is in the structured content.`;
}
