import fc from "fast-check";
import type { Note } from "../../src/organization/lists.ts";
import { fold, NameError } from "../../src/organization/names.ts";

/** What is said of a name that is refused. */
export async function refusalOf(looking: Promise<unknown>): Promise<string> {
  const error = await looking.then(
    (found) => found,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NameError)) throw new Error(`Not refused: ${JSON.stringify(error)}`);
  return error.message;
}

/** What a look-up finds, and what it notes of how the name was understood. */
export async function noted<T>(lookUp: (note: Note) => T | Promise<T>): Promise<{ found: T; notes: string[] }> {
  const notes: string[] = [];
  const found = await lookUp((how) => notes.push(how));
  return { found, notes };
}

/** Every text in quotes, as it can be sent back. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([json]) => String(JSON.parse(json)));
}

const letters = fc.constantFrom("a", "B", "ß", "é", "ﬁ", "ς", "K", "Ω", "İ", "7", "日", "ी", "e\u0301");
/** What is folded away. */
export const marks = fc.constantFrom(...["\u200d", "\ufe0f", "\u00ad", "\u202e", "\u2060", "\u0301", "🚀", "’"]);
const separators = fc.constantFrom(" ", "-", "'", "–", "/", "“", "&", "\u00a0", "👩\u200d💻");
/** Names with whatever is folded away in them. */
export const name = fc
  .array(fc.oneof({ weight: 4, arbitrary: letters }, separators, marks), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(""))
  .filter((text) => /[\p{L}\p{N}]/u.test(fold(text)));
