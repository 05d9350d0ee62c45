import { decodeHTMLStrict } from "entities/decode";
import { composed, quote } from "../base/text.ts";
import type { Opportunity } from "./opportunity.ts";
import { isText, partsOf, squeezed, words } from "./rich-text.ts";
import { type Computed, plainly } from "./values.ts";

/** The longest note, in characters. */
export const maxNoteCharacters = 1_000_000;

/** A note in the form that holds all of it: as rich text only if plain text would lose something. */
type StoredNote = { field: "note" | "note_html"; text: string };

/** The opportunity's note, or undefined if the answer does not include it. */
export function storedNote({ note, note_html }: Opportunity): StoredNote | undefined {
  if (typeof note_html === "string" && isRich(note_html, note)) return { field: "note_html", text: note_html };
  if (typeof note === "string") return { field: "note", text: note };
  const isEmpty = note === null || (note === undefined && (note_html === null || typeof note_html === "string"));
  return isEmpty ? { field: "note", text: "" } : undefined;
}

/** The note with `text` at its end, on a line of its own. */
export function appended(text: string, before: Opportunity): Computed {
  const stored = storedNote(before);
  if (stored === undefined) return unread;
  const whole = stored.field === "note" ? withLine(stored.text, text) : withParagraphs(stored.text, text);
  const [shown, added] = [plainly(shownText(stored)), plainly(text)];
  const isRepeated = shown.endsWith(added) && !/[\p{L}\p{N}]$/u.test(shown.slice(0, shown.length - added.length));
  const repeated = "The note ends with the text of note_append already: this adds it once more.";
  return withinLimit({ ...stored, text: whole }, isRepeated ? repeated : undefined);
}

/** The note with one passage of its visible text replaced, and nothing else of it changed. */
export function withPassage({ find, replace }: { find: string; replace: string }, before: Opportunity): Computed {
  const stored = storedNote(before);
  if (stored === undefined) return unread;
  const isRich = stored.field === "note_html";
  const parts = isRich ? partsOf(stored.text) : [stored.text];
  const sought = searchable(find, false).shown;
  const seek = isRich ? sought.replace(/\s+/g, " ") : sought;
  const places = parts.flatMap((part, index) => {
    if (!isText(index)) return [];
    const { shown, sourceOf } = searchable(part, isRich);
    return placesOf(seek, shown).map((at) => ({ index, start: sourceOf(at), end: sourceOf(at + seek.length) }));
  });
  const [place] = places;
  if (place === undefined) {
    const rule = isRich ? ", in one line and one formatting" : "";
    return { problem: `${quote(find)} occurs 0 times in the note: find has to be as written there${rule}` };
  }
  const across = isRich ? placesOf(seek, searchable(shownText(stored), false).shown).length : 0;
  const count = Math.max(across, places.length);
  if (count > 1)
    return { problem: `${quote(find)} occurs ${count} times in the note: send more of the text around it` };
  const { index, start, end } = place;
  const part = parts[index] ?? "";
  const passage = isRich ? escapeHtml(replace).replace(/\r\n|\r|\n/g, "<br/>") : replace;
  parts[index] = part.slice(0, start) + passage + part.slice(end);
  return withinLimit({ ...stored, text: parts.join("") });
}

const marks = "[\\p{M}\\u1160-\\u11ff]";
const space = "(?:\\s|&(?:nbsp|#0*(?:32|160)|#x0*(?:20|a0));)+";
const respelled = {
  plain: new RegExp(`\\r\\n?|[^\\S\\n ]|[^]${marks}+`, "gu"),
  rich: new RegExp(`${space}|&#?\\w{1,9};|[^]${marks}+`, "giu"),
};

/** The text as it shows, in one Unicode form, and where in its source a place of that is. Plain text keeps its spaces. */
function searchable(text: string, isRich: boolean) {
  const jumps: { at: number; by: number }[] = [];
  let by = 0;
  const shown = text.replace(isRich ? respelled.rich : respelled.plain, (source, at: number) => {
    const sign = isRich ? decodeHTMLStrict(source) : source;
    const one = !isRich && sign.startsWith("\r") ? "\n" : composed(sign.replace(/^\s+$/, " "));
    if (one.length === source.length) return one;
    const end = at - by + one.length;
    by += source.length - one.length;
    jumps.push({ at: end, by });
    return one;
  });
  return { shown, sourceOf: (at: number) => at + (jumps.findLast((jump) => jump.at <= at)?.by ?? 0) };
}

/** What the note shows, line by line: tags that begin no line show nothing. */
function shownText({ field, text }: StoredNote): string {
  if (field === "note") return text;
  return partsOf(text)
    .map((part, index) => {
      if (isText(index)) return decodeHTMLStrict(part).replace(/\s+/g, " ");
      return /^<\/?(?:p|div|li|ul|ol|h\d|br|hr|blockquote|body)\b/i.test(part) ? "\n" : "";
    })
    .join("")
    .replace(/ +/g, " ")
    .replace(/(?: ?\n)+ ?/g, "\n");
}

/** Where it begins, also where it overlaps itself. A letter that has a mark on it is another one. */
function placesOf(find: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(find); at !== -1; at = text.indexOf(find, at + 1)) {
    const end = at + find.length;
    if (!/^\p{M}/u.test(text.slice(end, end + 2))) places.push(at);
  }
  return places;
}

const unread = { problem: "the present note could not be read, and this builds on it" };

function withinLimit({ field, text }: StoredNote, warning?: string): Computed {
  if (text.length <= maxNoteCharacters) return { field, value: text, warning };
  const [length, most] = [text.length, maxNoteCharacters].map((count) => count.toLocaleString("en-US"));
  return { problem: `the note would become ${length} characters long; at most ${most} are possible` };
}

function withLine(note: string, text: string): string {
  if (note === "") return text;
  const isEnded = note.endsWith("\n") || note.endsWith("\r");
  const lineBreak = note.includes("\r\n") ? "\r\n" : "\n";
  return note + (isEnded ? "" : lineBreak) + text;
}

/** The rich form that Close gives a plain note: its lines as paragraphs of a `<body>`, null for none (recorded traffic). */
export function richFormOf(note: string): string | null {
  return note === "" ? null : `<body>${paragraphsOf(note)}</body>`;
}

function paragraphsOf(text: string): string {
  const lines = text.trimEnd().split(/\r\n|\r|\n/);
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("");
}

/** Rich text is one `<body>`, each line in an element of its own (Close's documentation). */
function withParagraphs(html: string, text: string): string {
  const paragraphs = paragraphsOf(text);
  const end = html.lastIndexOf("</body>");
  return end === -1 ? `<body>${html}${paragraphs}</body>` : html.slice(0, end) + paragraphs + html.slice(end);
}

/** Close answers a plain note in both forms: its lines as bare paragraphs are no formatting (recorded traffic). */
function isRich(html: string, note: unknown): boolean {
  if (/<(?!\/?(?:body|p|br ?\/?)>)/i.test(html)) return true;
  return words(html).length > squeezed(typeof note === "string" ? note : "").length;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
