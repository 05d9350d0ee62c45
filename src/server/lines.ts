/** A line of input, without its line break. Of one that is too long only both ends were kept. */
export type Line = { bytes: Buffer; isCut: boolean };

/** Turns the chunks in which input arrives into lines. */
export type LineReader = {
  /** Returns the lines that the chunk completes. */
  push(chunk: Buffer): Line[];
  /** Returns what follows the last line break, once the input has ended. */
  end(): Line[];
};

const lineBreak = 0x0a;

/**
 * A reader of lines, whatever the chunks. A line of more than `maxBytes` is not collected: `keptBytes` of its
 * beginning and as many of its end are returned, together less than `maxBytes`.
 */
export function lineReader(maxBytes: number, keptBytes = 4_096): LineReader {
  let parts: Buffer[] = [];
  let length = 0;

  function add(part: Buffer): void {
    parts.push(part);
    length += part.length;
    if (length <= maxBytes) return;
    const kept = Buffer.concat(parts);
    // Copies: a part of a buffer holds all of it in memory.
    parts = [Buffer.from(kept.subarray(0, keptBytes)), Buffer.from(kept.subarray(-keptBytes))];
  }

  function take(): Line {
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const line = { bytes, isCut: length > maxBytes };
    parts = [];
    length = 0;
    return line;
  }

  return {
    push(chunk) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(lineBreak); end >= 0; end = chunk.indexOf(lineBreak, start)) {
        add(chunk.subarray(start, end));
        lines.push(take());
        start = end + 1;
      }
      if (start < chunk.length) add(chunk.subarray(start));
      return lines;
    },
    end: () => (length === 0 ? [] : [take()]),
  };
}
