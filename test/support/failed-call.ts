import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import type { Host } from "./host.ts";

/** The forms in which a secret could leak: as it is, and as Basic authentication carries it. */
export function formsOf(secret: string): string[] {
  const encoded = [secret, `${secret}:`].map((text) => Buffer.from(text).toString("base64"));
  return [secret, ...encoded.map((text) => text.replace(/=+$/, ""))];
}

/**
 * Makes a call that has to fail, and returns its text, after checking what every failure has in common: an error
 * result of one text, without structured content, a stack trace or the credential; nor is that in the log.
 */
export async function failedCall(
  host: Host,
  secret: string,
  args: Record<string, unknown>,
  tool = "update_opportunity",
): Promise<string> {
  const answer = await host.client.callTool({ name: tool, arguments: args });
  const { isError, content, structuredContent } = CallToolResultSchema.parse(answer);
  expect({ isError, structuredContent }).toEqual({ isError: true, structuredContent: undefined });
  expect(content).toEqual([{ type: "text", text: expect.any(String) }]);
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
  expect(text).not.toMatch(/^\s+at .+[:(]/m);
  for (const form of formsOf(secret)) {
    expect(text).not.toContain(form);
    expect(host.log()).not.toContain(form);
  }
  return text;
}
