import type { FailureReport } from "../base/failure.ts";
import { type JsonObject, parseObject } from "../base/json.ts";
import { printable, printableJson, truncate } from "../base/text.ts";
import type { Redact } from "../close/http/redaction.ts";

/** What a tool returns: lines for a person, data for a program, and warnings for both. */
export type ToolResult = {
  lines: readonly string[];
  data: JsonObject;
  /** What stays of the data if it is too large for a message: as much as the output schema requires. */
  brief?: JsonObject;
  warnings: readonly string[];
};

/** A result of `tools/call` (MCP specification). */
export type CallResult = {
  content: { type: "text"; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
};

/** In characters, but for `warnings`. Official clients drop the connection at a message of 10 MB, after a write. */
const max = { text: 1_000_000, json: 2_000_000, warning: 1_000, warnings: 100 };

/**
 * Text and data hold everything each: some hosts show the model only one. Of a result that is too large, `brief` is left.
 * @param redact takes the credentials out of a text.
 */
export function success({ lines, data, brief, warnings }: ToolResult, redact: Redact): CallResult {
  const said = warnings.map(printable);
  const summary = [...lines.map(printable), ...said.map((warning) => `Warning: ${warning}`)].join("\n");
  const kept = said.slice(0, max.warnings).map((warning) => truncate(warning, max.warning));
  const whole = said.length === 0 ? data : { ...data, warnings: said };
  const text = printableJson(whole);
  const json = redact(text.length <= max.json ? text : printableJson({ ...brief, warnings: [...kept, tooLarge] }));
  return {
    content: [
      { type: "text", text: truncate(redact(summary), max.text) },
      { type: "text", text: json },
    ],
    // A short key can be a number, which cannot be taken out of JSON.
    structuredContent: { ...(json === text ? whole : (parseObject(json) ?? brief)) },
  };
}

const tooLarge = "The result is too large to return: read the opportunity in Close.";

/** The result of a call that failed: one text, and no structured content. */
export function failed(text: string, redact: Redact): CallResult {
  return { content: [{ type: "text", text: truncate(redact(text), max.text) }], isError: true };
}

const recordSentences = {
  unchanged: { one: "The opportunity is unchanged.", many: "None of the opportunities was changed." },
  "in doubt": {
    one: "Whether the opportunity was changed is in doubt.",
    many: "Which of the opportunities were changed is in doubt.",
  },
};

/**
 * The text of a call that failed: problem, details, state of the record, remedy, trace id.
 * @param changes what the tool changes; undefined if nothing, so that nothing is said of the record's state.
 */
export function failureText(
  { problem, details = [], record, remedy, traceId }: FailureReport,
  changes: "one" | "many" | undefined,
): string {
  const lines = [
    problem,
    ...details.map((detail) => `- ${detail}`),
    ...(changes === undefined ? [] : [recordSentences[record][changes]]),
    remedy,
    ...(traceId === undefined ? [] : [`Close's trace-id: ${traceId}`]),
  ];
  return lines.map(printable).join("\n");
}
