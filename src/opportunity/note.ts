import { quote } from "../base/text.ts";
import type { Opportunity } from "./opportunity.ts";
import type { Computed } from "./values.ts";

/** The longest note, in characters. */
export const maxNoteCharacters = 1_000_000;

/** A note in the form that holds all of it: as rich text only if plain text would lose something. */
type StoredNote = { field: "note" | "note_html"; text: string };

/** The opportunity's note, or undefined if the answer does not include it. */
export function storedNote({ note, note_html }: Opportunity): StoredNote | undefined {
  if (typeof note_html === "string" && isRich(note_html, note)) return { field: "note_html", text: note_html };
  if (typeof note === "string") return { field: "note", text: note };
  const isEmpty = note === null || (note === undefined && note_html === null);
  return isEmpty ? { field: "note", text: "" } : undefined;
}

/** The note with `text` at its end, on a line of its own. */
export function appended(text: string, before: Opportunity): Computed {
  const stored = storedNote(before);
  if (stored === undefined) return unread;
  const { field } = stored;
  return withinLimit({
    field,
    text: field === "note" ? withLine(stored.text, text) : withParagraphs(stored.text, text),
  });
}

/** The note with one passage of its visible text replaced, and nothing else of it changed. */
export function withPassage({ find, replace }: { find: string; replace: string }, before: Opportunity): Computed {
  const stored = storedNote(before);
  if (stored === undefined) return unread;
  const isHtml = stored.field === "note_html";
  // Every other part is a tag.
  const parts = isHtml ? stored.text.split(tag) : [stored.text];
  const places = parts.flatMap((part, index) => {
    if (index % 2 === 1) return [];
    const signs = isHtml ? (part.match(sign) ?? []) : part.split("");
    return placesOf(find, signs.map(isHtml ? shownAs : String).join("")).map((at) => ({ index, signs, at }));
  });
  const [place, ...others] = places;
  if (place === undefined) {
    const rule = isHtml ? ", in one line and one formatting" : "";
    return { problem: `${quote(find)} occurs 0 times in the note: find has to be as written there${rule}` };
  }
  const count = isHtml ? placesOf(find, shownText(parts)).length : places.length;
  if (others.length > 0 || count > 1) {
    return {
      problem: `${quote(find)} occurs ${Math.max(count, places.length)} times in the note: send more of the text around it`,
    };
  }
  const { index, signs, at } = place;
  const passage = isHtml ? escapeHtml(replace).replace(/\r\n|\r|\n/g, "<br>") : replace;
  parts[index] = [...signs.slice(0, at), passage, ...signs.slice(at + find.length)].join("");
  return withinLimit({ field: stored.field, text: parts.join("") });
}

const tag = /(<[/!]?[a-z-](?:"[^"]*"|'[^']*'|[^'"<>])*>)/i;

/** What shows as one character, as strings count them. */
const sign = /&#?\w+;|[\s\S]/gi;

/** What is not known to be one character matches nothing. */
const unknownSign = "\u0000";

function shownAs(source: string): string {
  const [, name, code] = /^&(#?(\w+));$/.exec(source) ?? [];
  if (name === undefined) return source;
  if (!name.startsWith("#")) return entities[name.toLowerCase()] ?? unknownSign;
  const point = Number(`0${code}`);
  const shown = point > 0 && point < 0x10000 ? String.fromCharCode(point) : unknownSign;
  return shown === "\u00a0" ? " " : shown;
}

/** What rich text shows, line by line: tags that begin no line show nothing. */
function shownText(parts: readonly string[]): string {
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return (part.match(sign) ?? []).map(shownAs).join("");
      return /^<\/?(?:p|div|li|ul|ol|h\d|br|hr|blockquote|body)\b/i.test(part) ? "\n" : "";
    })
    .join("");
}

/** Where it begins, also where it overlaps itself. */
function placesOf(find: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(find); at !== -1; at = text.indexOf(find, at + 1)) places.push(at);
  return places;
}

const unread = { problem: "the present note could not be read, and this builds on it" };

function withinLimit({ field, text }: StoredNote): Computed {
  if (text.length <= maxNoteCharacters) return { field, value: text };
  const [length, most] = [text.length, maxNoteCharacters].map((count) => count.toLocaleString("en-US"));
  return { problem: `the note would become ${length} characters long; at most ${most} are possible` };
}

function withLine(note: string, text: string): string {
  if (note === "") return text;
  const isEnded = note.endsWith("\n") || note.endsWith("\r");
  const lineBreak = note.includes("\r\n") ? "\r\n" : "\n";
  return note + (isEnded ? "" : lineBreak) + text;
}

/** Rich text is one `<body>`, each line in an element of its own (Close's documentation). */
function withParagraphs(html: string, text: string): string {
  const paragraphs = text
    .trimEnd()
    .split(/\r\n|\r|\n/)
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join("");
  const end = html.lastIndexOf("</body>");
  if (end === -1) return `<body>${html}${paragraphs}</body>`;
  return html.slice(0, end) + paragraphs + html.slice(end);
}

/** Close answers a plain note in both forms: its lines as bare paragraphs are no formatting (recorded traffic). */
function isRich(html: string, note: unknown): boolean {
  if (/<(?!\/?(?:body|p|br ?\/?)>)/i.test(html)) return true;
  const plain = typeof note === "string" ? note : "";
  return words(html).length > plain.replace(/\s+/g, "").length;
}

/** What rich text says, without its form and without any space. Plain text says itself. */
export function words(html: string): string {
  return html
    .replace(/<[^<>]*>/g, " ")
    .replace(/&(amp|lt|gt|quot|apos|#39|nbsp);/g, (_, name: string) => entities[name] ?? "")
    .replace(/\s+/g, "");
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", nbsp: " " };

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
