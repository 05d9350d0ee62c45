import { Refused, text } from "./values.ts";

/**
 * The part of Close's search text that the sandbox understands: plain words, each of which the note or the
 * lead's name holds, and `note:word`. Of the rest of the language (other fields, quotes, brackets) it refuses
 * what it sees.
 */
export function searchText(query: string): (opportunity: Record<string, unknown>) => boolean {
  const terms = query.split(/\s+/).filter(Boolean).map(readTerm);
  return (opportunity) =>
    terms.every(({ fields, word }) => fields.some((field) => holds(opportunity[field], word)));
}

function readTerm(term: string): { fields: string[]; word: string } {
  const [, field, word = ""] = /^(?:(\w+):)?([^"():]+)$/.exec(term) ?? [];
  if (word === "" || (field !== undefined && field !== "note")) {
    throw new Refused(`The sandbox does not understand ${term}.`);
  }
  return { fields: field === undefined ? ["note", "lead_name"] : [field], word: word.toLowerCase() };
}

function holds(value: unknown, word: string): boolean {
  return value !== null && text(value).toLowerCase().includes(word);
}
