import { parseObject } from "../../base/json.ts";
import type { HttpAnswer } from "./transport.ts";

/**
 * Whether the answer is in Close's form: JSON with an error, but a 403 may be plain text (recorded traffic), and a 429 of
 * any form but HTML is waited out. A proxy's answer does not show what Close did.
 */
export function isClosesOwn({ status, body }: HttpAnswer): boolean {
  if (status === 429) return !isHtml(body);
  const json = parseObject(body);
  if (json === undefined) return status === 403 && !isHtml(body);
  return ["error", "errors", "field-errors"].some((key) => key in json);
}

function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}
