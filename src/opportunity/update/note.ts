import type { Opportunity } from "../opportunity.ts";
import { words } from "../rich-text.ts";
import { maxNoteCharacters } from "./arguments.ts";
import type { UpdateBody } from "./body.ts";

/** A note in the form that holds all of it: as rich text only if plain text would lose something. */
export type StoredNote = { field: "note" | "note_html"; text: string };

/** The opportunity's note, or undefined if the answer does not include it. */
export function storedNote({ note, note_html }: Opportunity): StoredNote | undefined {
  if (typeof note_html === "string" && isRich(note_html, note))
    return { field: "note_html", text: note_html };
  if (typeof note === "string") return { field: "note", text: note };
  return note === null || (note === undefined && note_html === null)
    ? { field: "note", text: "" }
    : undefined;
}

/**
 * The body that adds `text` at the end of the note, on a line of its own. It sets the whole note, so that sending it
 * twice does no harm.
 *
 * @param before the opportunity as just read, or undefined if it could not be.
 */
export function planAppendedNote(
  text: string,
  before: Opportunity | undefined,
): { body: UpdateBody } | { problem: string; isPassing?: boolean } {
  const held = [before?.note, before?.note_html].map((form) => (typeof form === "string" ? form.length : 0));
  if (Math.max(...held) > 2 * maxNoteCharacters) return tooLong(Math.max(...held) + text.length);
  const stored = before && storedNote(before);
  if (stored === undefined) {
    return {
      problem: "the present note could not be read, so nothing can be added to it",
      isPassing: before === undefined,
    };
  }
  const whole = stored.field === "note" ? withLine(stored.text, text) : withParagraphs(stored.text, text);
  return whole.length > maxNoteCharacters ? tooLong(whole.length) : { body: { [stored.field]: whole } };
}

function tooLong(characters: number): { problem: string } {
  const [length, most] = [characters, maxNoteCharacters].map((count) => count.toLocaleString("en-US"));
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
  const paragraphs = linesOf(text.trimEnd())
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

function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
