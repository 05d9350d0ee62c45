import { expect } from "vitest";
import { z } from "zod/v3";
import type { Reply } from "./host.ts";

const outcome = z.object({
  changes: z.array(z.object({ label: z.string() }).passthrough()),
  warnings: z.array(z.string()).default([]),
});

/**
 * Some hosts show the model only the text, some only the structured content: the text must hold the summary,
 * which names every change and warning, and then the JSON of the structured content.
 */
export function expectBothForms({ isError, text, summary, structured }: Reply): void {
  expect(isError).toBe(false);
  expect(summary).not.toBe("");
  expect(JSON.parse(text.slice(summary.length))).toEqual(structured);
  const { changes, warnings } = outcome.parse(structured);
  for (const { label } of changes) expect(summary).toContain(label.replace(" (cents)", ""));
  for (const warning of warnings) expect(summary).toContain(warning);
}

/** All warnings in one text; without any the key must be absent. */
export function warningsOf({ structured }: Reply): string {
  expect(structured.warnings).not.toEqual([]);
  return z.array(z.string()).default([]).parse(structured.warnings).join("\n");
}
