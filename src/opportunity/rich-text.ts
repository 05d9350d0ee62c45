import { decodeHTMLStrict } from "entities/decode";
import { composed, joined, quote } from "../base/text.ts";

/* Close's restricted XHTML (its page on rich text). Answers, old and new, are read leniently; what a caller writes is checked. */

const markup = /(<!--(?:(?!<!--|-->)[\s\S])*-->|<[/!]?[a-z[-](?:"[^"]*"|'[^']*'|[^'"<>])*>)/i;

/** The text between the tags, and at each odd index a tag. */
export function partsOf(html: string): string[] {
  return html.split(markup);
}

/** Whether this part of `partsOf` is text. */
export function isText(index: number): boolean {
  return index % 2 === 0;
}

/** What rich text says, without its form and without any space. */
export function words(html: string): string {
  const texts = partsOf(html).filter((_, index) => isText(index));
  return squeezed(decodeHTMLStrict(texts.join("")));
}

/** The same of plain text, which says itself. */
export function squeezed(text: string): string {
  return composed(text).replace(/\s+/g, "");
}

/** What rich text is compared by: its words, its tags without how they look, and what it points to. */
export function formOf(html: string): string {
  return partsOf(html)
    .map((part, index) => (isText(index) ? squeezed(decodeHTMLStrict(part)) : `\u0000${tagForm(part)}`))
    .join("");
}

function tagForm(tag: string): string {
  const [, end = "", name = ""] = /^<(\/?)(\w+)/.exec(tag.toLowerCase()) ?? [];
  const element = { b: "strong", i: "em" }[name] ?? name;
  return name === "" ? "" : `${end}${element} ${thingIn(tag)?.key ?? ""}\u0000`;
}

/** What rich text has beside its words: its images, lines, mentions and the targets of its links, each with a name for it. */
function thingsIn(html: string): Map<string, string> {
  const tags = partsOf(html).filter((_, index) => !isText(index));
  return new Map(tags.flatMap((tag) => thingIn(tag) ?? []).map(({ key, name }) => [key, name]));
}

function thingIn(tag: string): { key: string; name: string } | undefined {
  if (/^<hr\b/i.test(tag)) return { key: "hr", name: "a line" };
  if (!tag.includes("=")) return undefined;
  const attributes = new Map<string, string>();
  for (const [, name = "", ...values] of tag.matchAll(/\s([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g)) {
    attributes.set(name.toLowerCase(), decodeHTMLStrict(values.find((value) => value !== undefined) ?? ""));
  }
  const [source, target, mentioned] = ["src", "href", "data-id"].map((name) => attributes.get(name));
  const thing = (key: string, kind: string, label: string) => ({ key, name: `${kind} ${quote(label, 100)}` });
  if (/^<img\b/i.test(tag) && source !== undefined) {
    // Close signs addresses of files anew with each answer.
    return thing(`img ${source.replace(/[?#].*/s, "")}`, "the image", attributes.get("alt") || source);
  }
  if (mentioned !== undefined) {
    return thing(`mention ${mentioned}`, "the mention of", attributes.get("data-label") || mentioned);
  }
  if (target === undefined) return undefined;
  return thing(`a ${URL.canParse(target) ? new URL(target).href : target}`, "the link to", target);
}

/** The names of what one rich text has beside its words and another does not, in a list; undefined if nothing is missing. */
export function missingThings(from: string, to: string): string | undefined {
  const present = thingsIn(to);
  const missing = [...thingsIn(from)].filter(([key]) => !present.has(key));
  return missing.length === 0 ? undefined : joined(missing, ([, name]) => name);
}

/** Whether plain text has tags or entities in it, which it would show as they are written. */
export function hasMarkup(text: string): boolean {
  return /<\/[a-z]\w{0,9}>|<(?:br|hr|p|img)\b[^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+);/i.test(text);
}

const elements = "body p h1 h2 h3 h4 h5 h6 ul ol li blockquote hr a br strong b em i u s code span img".split(" ");
const emptyElements: ReadonlySet<string> = new Set(["br", "hr", "img"]);

/** What keeps rich text from being what Close documents; undefined if nothing does. */
export function richTextProblem(html: string): string | undefined {
  if (!/^<body\b[^>]*>.*<\/body>$/s.test(html)) {
    return "must be one <body>…</body> around all of it, each line in an element such as <p>; plain text goes in note";
  }
  const parts = partsOf(html);
  const open: string[] = [];
  let shows = false;
  for (const [index, part] of parts.entries()) {
    if (isText(index)) {
      const problem = textProblem(part, open.at(-1) === "code");
      if (problem !== undefined) return problem;
      shows ||= decodeHTMLStrict(part).trim() !== "";
      continue;
    }
    const [, isEnd, name, isClosed] =
      /^<(\/?)([a-z][a-z0-9]*)(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(\/?)>$/.exec(part) ?? [];
    const said = quote(part, 100);
    if (name === undefined) return `has ${said}, which is no tag of XHTML: small letters, attributes in quotes`;
    if (!elements.includes(name)) return `has ${said}, and Close's rich text has only ${elements.join(", ")}`;
    if (name === "body" && index !== 1 && index !== parts.length - 2) return "has a second <body>";
    shows ||= name === "img" || name === "hr";
    if (isEnd) {
      const opened = open.pop();
      if (opened !== name) return `has ${said} where <${opened ?? "body"}> is to be closed`;
    } else if (!isClosed && !emptyElements.has(name)) open.push(name);
  }
  if (open.length > 0) return `has a <${open.at(-1)}> that is not closed`;
  return shows ? undefined : "shows nothing: to empty the note, name note in clear";
}

function textProblem(text: string, isCode: boolean): string | undefined {
  if (text.includes("<")) return "has a < that begins no tag: write &lt;";
  const unescaped = decodeHTMLStrict(text.replace(/&(?:amp|#38|#x26);/gi, ""));
  if (unescaped.includes("&")) return "has a & that is not written as &amp;";
  const [markdown] =
    /\*\*\S[^*]*\*\*|\[[^\][]+\]\(\w+:[^()\s]+\)|^[ \t]*#{1,6} \S|^[ \t]*[-*] .*\n[ \t]*[-*] /m.exec(text) ?? [];
  if (markdown === undefined || isCode) return undefined;
  return `has markdown, ${quote(markdown, 50)}, which shows as it is written: use tags such as <strong> and <li>, and entities for signs that are meant`;
}
