import { oncePerText } from "../base/once.ts";

/** In characters. Longer rich text than an argument can be is compared as it is written. */
const maxRichCharacters = 1_000_000;

/** The same few notes are compared again and again, and a long one takes a tenth of a second each time. */
const [wordsOnce, formOnce] = [oncePerText<string>(4), oncePerText<string>(4)];
const notes = {};

/** What rich text says, without its form and without any space. Plain text says itself. */
export function words(html: string): string {
  if (html.length > maxRichCharacters) return html;
  return wordsOnce(notes, html, () => unescaped(html.replace(tag, " ")).replace(/\s+/g, ""));
}

/** Whether two rich texts say the same in the same form: tags with their attributes, words, and where the words part. */
export function sameForm(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length > maxRichCharacters || b.length > maxRichCharacters) return false;
  const [left, right] = [a, b].map((html) => formOnce(notes, html, () => formOf(html)));
  return left === right;
}

/** Never looks at a character twice, whatever the text: what a `<` begins ends at the next one. */
const tag = /<[^<>]*>/g;

/** The text in one spelling: of tags, of entities, of white space. */
function formOf(html: string): string {
  const parts: string[] = [];
  // A text has few different tags, however many it has.
  const forms = new Map<string, string>();
  let end = 0;
  for (const { 0: found, index } of html.matchAll(tag)) {
    if (index > end) parts.push(spaced(unescaped(html.slice(end, index))));
    const form = forms.get(found) ?? tagForm(found);
    forms.set(found, form);
    parts.push(form);
    end = index + found.length;
  }
  parts.push(spaced(unescaped(html.slice(end))));
  return JSON.stringify(parts.filter((part) => part !== ""));
}

/** Rich text has two names for bold and for italic (Close's documentation of its rich text). */
const oneName: ReadonlyMap<string, string> = new Map([
  ["strong", "b"],
  ["em", "i"],
]);

function tagForm(found: string): string {
  const inside = spaced(found.slice(1, -1));
  const [, slash = "", name = ""] = /^(\/?)([a-z0-9]*)/i.exec(inside) ?? [];
  const attributes = inside.slice(slash.length + name.length).replaceAll("'", '"');
  const lower = name.toLowerCase();
  return `<${slash}${oneName.get(lower) ?? lower}${attributes.endsWith("/") ? attributes.slice(0, -1).trimEnd() : attributes}>`;
}

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#39|nbsp);/g, (entity) => entities[entity] ?? entity);
}

const entities: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#39;": "'",
  "&nbsp;": " ",
};
