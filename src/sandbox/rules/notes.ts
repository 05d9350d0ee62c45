/**
 * A plain note as Close answers it in `note_html` (recorded traffic): each line a paragraph of a `<body>`.
 * No note is null.
 */
export function renderNote(note: string): string | null {
  if (note === "") return null;
  const paragraphs = note.split("\n").map((line) => `<p>${escapeHtml(line)}</p>`);
  return `<body>${paragraphs.join("")}</body>`;
}

/** The text of a rich note, as Close answers it in `note`: the inverse of `renderNote`, other tags dropped. */
export function plainNote(noteHtml: string): string {
  const text = noteHtml
    .replace(/<\/(p|li|h[1-6])>|<br\s*\/?>/g, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/\n$/, "");
  return unescapeHtml(text);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescapeHtml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
