import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { type JsonObject, parseObject } from "./json.ts";
import type { BothForms } from "./opportunity/both-forms.ts";
import { leftOut, textsCut } from "./opportunity/warnings.ts";
import { beginning } from "./text.ts";

/** The longest text of a result, and the longest JSON of its structured content, in characters. */
const mostText = 1_000_000;
const mostStructured = 6_000_000;

/** So many warnings of a result that is too large are passed on. */
const mostWarnings = 100;

/** Some hosts show the model only the text, some only the structured content: both hold everything. */
export function success({ summary, structured }: BothForms): CallToolResult {
  const whole = JSON.stringify(structured);
  const isFitting = whole.length <= mostStructured;
  const fitting = isFitting ? structured : fittingOneMessage(structured);
  return {
    content: [
      { type: "text", text: beginning(summary, mostText) },
      { type: "text", text: jsonText(isFitting ? whole : JSON.stringify(fitting), fitting) },
    ],
    structuredContent: fitting,
  };
}

/**
 * Official clients drop the connection at a message of 10 MB, after a write has happened: of a result that comes
 * near, long texts are cut, and what is still too large is left out.
 */
function fittingOneMessage(structured: JsonObject): JsonObject {
  const earlier = Array.isArray(structured.warnings) ? structured.warnings : [];
  const warnings = [...earlier.map(String), textsCut()];
  const cut = parseObject(withBeginnings({ ...structured, warnings })) ?? {};
  if (JSON.stringify(cut).length <= mostStructured) return cut;
  const kept = earlier.slice(0, mostWarnings).map((warning) => beginning(String(warning), 1000));
  return { ...(typeof structured.id === "string" && { id: structured.id }), warnings: [...kept, leftOut()] };
}

function withBeginnings(json: JsonObject): string {
  return JSON.stringify(json, (_key, value: unknown) =>
    typeof value === "string" ? beginning(value, 1000) : value,
  );
}

/** The JSON of structured content, for hosts that show only text: of what is huge, the beginnings. */
function jsonText(whole: string, structured: JsonObject): string {
  if (whole.length <= mostText) return whole;
  const beginnings = withBeginnings(structured);
  if (beginnings.length <= mostText) return beginnings;
  return `The result is too long to be repeated as text (${whole.length} characters): it is in the structured content.`;
}

/** The result of a call that failed: one text, and no structured content. */
export function failed(text: string): CallToolResult {
  return { content: [{ type: "text", text: beginning(text, mostText) }], isError: true };
}
