import { credentialsMark } from "../../base/text.ts";
import type { Config } from "../../config.ts";

/** Returns the text without the credentials. */
export type Redact = (text: string) => string;

/**
 * Takes the credentials out of texts, as they are and in base64, each also as JSON, URLs and HTML may spell it: error
 * pages and proxies repeat what was sent. What is escaped more than once is not found.
 */
export function redactor(credentials: Config["credentials"]): Redact {
  if (credentials === undefined) return (text) => text;
  const { secret } = credentials;
  const bytes = [`${secret}:`, secret].map((text) => Buffer.from(text));
  const encoded = bytes.flatMap((one) => [one.toString("base64"), one.toString("base64url")]);
  const forms = new Set([secret, ...encoded.map((form) => form.replace(/=+$/, ""))]);
  const patterns = [...forms].map((form) => form.replace(/[^A-Za-z\d]/g, spellings));
  const pattern = new RegExp(patterns.join("|"), "gi");
  return (text) => text.replace(pattern, credentialsMark);
}

/** What matches the character, and what JSON, URLs and HTML make of it. */
function spellings(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16).padStart(2, "0");
  return `(?:\\\\{0,2}(?:\\x${hex}|u00${hex})|%${hex}|&#(?:0{0,5}${code}|x0{0,5}${hex});?)`;
}
