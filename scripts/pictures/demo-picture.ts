import { showDemo } from "../../test/demo/show.ts";
import { characterWidth, type Look, picture, textAt } from "./svg.ts";

/** What the demo prints where it is always the same day, at the same place. */
export async function demoOutput(): Promise<string> {
  const lines: string[] = [];
  const faults = await showDemo((line) => lines.push(line), {
    now: new Date("2026-11-23T15:00:00Z"),
    env: { CLOSE_TIME_ZONE: "America/New_York" },
  });
  if (faults.length > 0) throw new Error(`The demo is not as it should be: ${faults.join("; ")}`);
  return lines.join("\n");
}

/** The steps that show most: a sentence becomes a change, mistakes are reported, a doubtful win is warned of. */
const shownSteps = ["1", "2", "5", "6", "8"];

/** Columns of the terminal, and the one in which what follows a label starts. */
const columns = 109;
const afterLabel = 21;

const margin = 20;
const lineHeight = 17;
const titleBar = 34;

/** Text that starts in a column of a line. */
type Piece = { column: number; text: string; look: Look };

/** A terminal in which the demo has been run: of its steps the most telling, of their requests the writes. */
export function demoPicture(output: string): string {
  const blocks = output.split("\n\n");
  const steps = shownSteps.map((number) => {
    const block = blocks.find((candidate) => candidate.startsWith(`${number}. `));
    if (block === undefined) throw new Error(`The demo has no step ${number}.`);
    return stepLines(block);
  });
  const lines: Piece[][] = [
    [
      { column: 0, text: "$", look: "green" },
      { column: 2, text: "npm run demo", look: "strong" },
    ],
    ...steps.flatMap((step) => [[], ...step]),
    [],
    [{ column: 0, text: blocks.at(-1) ?? "", look: "green" }],
  ];
  const height = titleBar + lines.length * lineHeight + 26;
  return picture({ title: "The demo in a terminal", height }, [
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (color, at) => `<circle cx="${margin + 2 + at * 18}" cy="18" r="5.5" fill="${color}"/>`,
    ),
    textAt(
      margin + 62,
      22,
      "close-opportunity-mcp: an excerpt, with what goes to Close only where it changes something",
      "dim",
    ),
    ...lines.flatMap((line, at) =>
      line.map(({ column, text, look }) =>
        textAt(margin + column * characterWidth, titleBar + (at + 1) * lineHeight, text, look),
      ),
    ),
  ]);
}

/** A step's lines: what the person said, then each label with what follows it. */
function stepLines(block: string): Piece[][] {
  const [person = "", ...rest] = block.split("\n");
  const isMany = block.includes("update_opportunities");
  const lines: Piece[][] = wrapped(person, columns).map(({ text }) => [{ column: 0, text, look: "strong" }]);
  for (const line of rest) {
    const label = line.slice(0, afterLabel).trim();
    const text = line.slice(afterLabel);
    // Rows that run side by side come in no fixed order.
    const isUnordered = label === "progress" || (isMany && label === "on the wire");
    if (isUnordered || (label === "on the wire" && !text.startsWith("PUT"))) continue;
    for (const [at, pieces] of painted(text).entries()) {
      lines.push(at === 0 ? [{ column: 3, text: label, look: "dim" }, ...pieces] : pieces);
    }
  }
  return lines;
}

/** What stands out in a text. */
const highlights: readonly [RegExp, Look][] = [
  [/^(find|update)_\w+/g, "blue"],
  [/^PUT/g, "orange"],
  [/→( 200$)?/g, "green"],
  [/^Warning:/g, "yellow"],
  [/^Nothing was sent:.*$/g, "red"],
  [/^- [\w[\]]+:/g, "red"],
  [/Did you mean "[^"]*"\?/g, "green"],
];

function painted(text: string): Piece[][] {
  const lookAt: Look[] = Array.from(text, () => "plain");
  for (const [pattern, look] of highlights) {
    for (const match of text.matchAll(pattern)) lookAt.fill(look, match.index, match.index + match[0].length);
  }
  return wrapped(text, columns - afterLabel).map(({ start, text: line }) => {
    const pieces: Piece[] = [];
    for (const [at, character] of [...line].entries()) {
      const look = lookAt[start + at] ?? "plain";
      const last = pieces.at(-1);
      if (last?.look === look) last.text += character;
      else pieces.push({ column: afterLabel + at, text: character, look });
    }
    return pieces;
  });
}

/** The text in lines of at most this many characters, broken at spaces and after commas where there are any. */
function wrapped(text: string, width: number, start = 0): { start: number; text: string }[] {
  if (text.length <= width) return [{ start, text }];
  const last = Math.max(text.lastIndexOf(" ", width), text.lastIndexOf(",", width - 1) + 1);
  const end = last > 0 ? last : width;
  const next = text[end] === " " ? end + 1 : end;
  return [{ start, text: text.slice(0, end) }, ...wrapped(text.slice(next), width, start + next)];
}
