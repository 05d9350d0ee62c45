import { credentialsMark } from "../../base/text.ts";
import type { Credentials } from "../../config.ts";

/** Returns the text without the credentials. */
export type Redact = (text: string) => string;

/**
 * Takes the credentials out of texts, as they are and in base64, each also as JSON, URLs and HTML may spell it: error
 * pages and proxies repeat what was sent. What is escaped more than once is not found.
 */
export function redactor(credentials: Credentials | undefined): Redact {
  if (credentials === undefined) return (text) => text;
  const { secret } = credentials;
  const forms = new Set([secret]);
  for (const encoding of ["base64", "base64url"] as const) {
    for (const text of [`${secret}:`, secret]) {
      forms.add(Buffer.from(text).toString(encoding).replace(/=+$/, ""));
    }
  }
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
