/** How much of two texts is shown, in characters. */
export type PartLimits = {
  /** Shorter texts are shown whole. */
  maxWhole: number;
  /** So much of what is the same is kept on either side of a difference, so that its place is known. */
  context: number;
};

const usual: PartLimits = { maxWhole: 200, context: 40 };

/**
 * Two texts without what is the same at the beginning and the end of both, with an ellipsis in its place and a few
 * words of it as context. Short texts stay whole. No character is cut in half.
 */
export function differingParts(
  from: string,
  to: string,
  { maxWhole, context }: PartLimits = usual,
): [string, string] {
  const most = Math.min(from.length, to.length);
  if (Math.max(from.length, to.length) <= maxWhole || from === to) return [from, to];
  let same = 0;
  while (same < most && from.charCodeAt(same) === to.charCodeAt(same)) same += 1;
  let sameEnd = 0;
  while (
    sameEnd < most - same &&
    from.charCodeAt(from.length - 1 - sameEnd) === to.charCodeAt(to.length - 1 - sameEnd)
  ) {
    sameEnd += 1;
  }
  const start = startBefore(from, same, context);
  const end = from.length - endAfter(from, from.length - sameEnd, context);
  return [cut(from, start, end), cut(to, start, end)];
}

function cut(text: string, start: number, end: number): string {
  return `${start > 0 ? "…" : ""}${text.slice(start, text.length - end)}${end > 0 ? "…" : ""}`;
}

/** The first position of a word in the context before `position`, or else of a character. */
function startBefore(text: string, position: number, context: number): number {
  const earliest = position - context;
  if (earliest <= 0) return 0;
  const space = text.slice(earliest, position - 1).search(/\s/);
  return space === -1 ? characterAt(text, earliest) : earliest + space + 1;
}

/** The last position after a word in the context behind `position`, or else of a character. */
function endAfter(text: string, position: number, context: number): number {
  const latest = position + context;
  if (latest >= text.length) return text.length;
  const space = text.slice(position + 1, latest).search(/\s\S*$/);
  return space === -1 ? characterAt(text, latest) : position + 1 + space;
}

/** What a person sees as one character is rarely longer, in UTF-16 units. */
const maxCharacterUnits = 40;

/** Where the character begins that a person sees at the position, be it made of several code points. */
function characterAt(text: string, position: number): number {
  const windowStart = Math.max(0, position - maxCharacterUnits);
  const window = text.slice(windowStart, position + maxCharacterUnits);
  const character = new Intl.Segmenter("en").segment(window).containing(position - windowStart);
  return windowStart + (character?.index ?? position - windowStart);
}
