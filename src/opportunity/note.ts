import type { Opportunity } from "./opportunity.ts";

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

/** The note with `text` at its end, on a line of its own, or what keeps it from being made. */
export function appended(text: string, before: Opportunity): StoredNote | { problem: string } {
  const stored = storedNote(before);
  if (stored === undefined) {
    return { problem: "the present note could not be read, so nothing can be added to it" };
  }
  const whole = stored.field === "note" ? withLine(stored.text, text) : withParagraphs(stored.text, text);
  if (whole.length <= maxNoteCharacters) return { field: stored.field, text: whole };
  const [length, most] = [whole.length, maxNoteCharacters].map((count) => count.toLocaleString("en-US"));
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
