import type { HttpAnswer } from "./transport.ts";

/**
 * Takes secrets out of an answer, in whatever spelling of text, JSON, URLs and HTML they are in it: proxies, error
 * pages and debugging aids repeat what was sent.
 */
export function redactor(secrets: readonly string[]): (answer: HttpAnswer) => HttpAnswer {
  const pattern = secrets.map((secret) => [...secret].map(spellingsOf).join("")).join("|");
  const every = new RegExp(pattern, "gi");
  // Nothing escapes letters and digits but by one of these, and to look for them takes a tenth of the time.
  const escapes = /\\u|%|&#/;
  const cores = secrets.map((secret) => longest(secret.split(/[^a-z\d]+/i)));
  const mayHold = (text: string) => cores.some((core) => text.includes(core)) || escapes.test(text);
  return (answer) => {
    const { status, headers, body } = answer;
    if (![...Object.values(headers), body].some(mayHold)) return answer;
    const clean = (text: string) => text.replace(every, "[credentials]");
    return {
      status,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, clean(value)])),
      body: clean(body),
    };
  };
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

const entities: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};

/** A pattern of all that can stand for an ASCII character: itself, or an escape of JSON (nested too), URLs or HTML. */
function spellingsOf(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16).padStart(2, "0");
  const entity = entities[character];
  const escapes = [
    `u00${hex}`,
    `%${hex}`,
    `&#x0*${hex};`,
    `&#0*${code};`,
    ...(entity ? [`&${entity};`] : []),
  ];
  // Bounded, for a long text of backslashes would take seconds.
  return String.raw`\\{0,8}(?:\x${hex}|${escapes.join("|")})`;
}
