import type { JsonObject } from "../json.ts";

/** What a tool answers with: lines for a person, data for a program, and warnings for both. */
export type ToolResult = {
  lines: readonly string[];
  data: JsonObject;
  warnings: readonly string[];
};
