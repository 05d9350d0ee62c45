import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { type JsonObject, parseObject } from "../base/json.ts";
import { beginning, printable } from "../base/text.ts";
import { leftOut, textsCut } from "../opportunity/warnings.ts";

/** What a tool returns: lines for a person, data for a program, and warnings for both. */
export type ToolResult = {
  lines: readonly string[];
  data: JsonObject;
  warnings: readonly string[];
};

/** In characters. Official clients drop the connection at a message of 10 MB, after a write has happened. */
const max = { line: 100_000, text: 1_000_000, structured: 6_000_000, warnings: 100 };

/** Some hosts show the model only the text, some only the structured content: both hold everything. */
export function success({ lines, data, warnings }: ToolResult): CallToolResult {
  const structured = fittingOneMessage(data, warnings);
  const summary = [...lines, ...warnings.map((warning) => `Warning: ${warning}`)]
    .map((line) => beginning(printable(line), max.line))
    .join("\n");
  return {
    content: [
      { type: "text", text: beginning(summary, max.text) },
      { type: "text", text: jsonText(structured) },
    ],
    structuredContent: structured,
  };
}

/** The result of a call that failed: one text, and no structured content. */
export function failed(text: string): CallToolResult {
  return { content: [{ type: "text", text: beginning(text, max.text) }], isError: true };
}

/** Of a result that is too large, long texts are cut; what is still too large is left out. */
function fittingOneMessage(data: JsonObject, warnings: readonly string[]): JsonObject {
  const whole = warnings.length === 0 ? data : { ...data, warnings };
  const json = JSON.stringify(whole);
  if (json.length <= max.structured) return whole;
  const cut =
    parseObject(withBeginnings({ ...data, warnings: [...warnings, textsCut(json.includes('"undo":{'))] })) ??
    {};
  if (JSON.stringify(cut).length <= max.structured) return cut;
  const kept = warnings.slice(0, max.warnings).map((warning) => beginning(warning, 1000));
  return { ...(typeof data.id === "string" && { id: data.id }), warnings: [...kept, leftOut()] };
}

/** Without any `undo`: an update that brings back truncated texts would lose the rest of them. */
function withBeginnings(json: JsonObject): string {
  return JSON.stringify(json, (key, value: unknown) => {
    if (key === "undo") return undefined;
    return typeof value === "string" ? beginning(value, 1000) : value;
  });
}

/** The JSON of structured content, for hosts that show only text: of what is huge, the beginnings. */
function jsonText(structured: JsonObject): string {
  const whole = JSON.stringify(structured);
  if (whole.length <= max.text) return whole;
  const beginnings = withBeginnings(structured);
  if (beginnings.length <= max.text) return beginnings;
  return `The result is too long to be repeated as text (${whole.length} characters): it is in the structured content.`;
}
