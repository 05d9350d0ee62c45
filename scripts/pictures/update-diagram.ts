import { characterWidth, picture, pictureWidth, textAt } from "./svg.ts";

/** Files of one folder and what they do in a step. `io`: they reach outside of the process. */
type Cell = { lane: keyof typeof lanes; files: string; does: string; io?: true };
type Step = { name: string; cells: readonly Cell[]; aside?: string };

const lanes = {
  tools: { x: 156, about: "in this order", look: "dim" },
  opportunity: { x: 378, about: "no I/O", look: "dim" },
  close: { x: 600, about: "HTTP", look: "orange" },
} as const;

/** The way of `src/tools/update-opportunity.ts`, from top to bottom. */
const steps: readonly Step[] = [
  {
    name: "arguments",
    cells: [
      { lane: "tools", files: "arguments.ts", does: "reads what hosts send" },
      { lane: "opportunity", files: "arguments.ts", does: "types, contradictions" },
    ],
  },
  {
    name: "resolve names",
    cells: [
      { lane: "tools", files: "planning.ts", does: "old lists are read anew" },
      { lane: "opportunity", files: "names.ts, custom-fields.ts", does: "names → ids, valid values" },
      { lane: "close", files: "client.ts, directory.ts", does: "GET opportunity, lists", io: true },
    ],
  },
  {
    name: "plan",
    cells: [{ lane: "opportunity", files: "plan.ts, expected.ts", does: "→ body of the PUT" }],
    aside: "dry run, no-op: on to 5",
  },
  {
    name: "send",
    cells: [
      { lane: "tools", files: "send-update.ts, ../audit.ts", does: "line in the audit file", io: true },
      { lane: "opportunity", files: "verdict.ts", does: "answer lost: applied?" },
      { lane: "close", files: "delivery.ts, client.ts", does: "PUT; GET if answer lost", io: true },
    ],
  },
  {
    name: "review",
    cells: [{ lane: "opportunity", files: "review.ts, compare.ts", does: "→ changes, warnings" }],
  },
  {
    name: "result",
    cells: [{ lane: "opportunity", files: "result.ts, summary.ts", does: "→ data, and text" }],
  },
];

const edge = "#3d444d";
const margin = 20;
/** The line on which the steps are. */
const spine = margin + 11;
const laneWidth = 210;
const stepHeight = 58;
const cellHeight = 44;
const bandHeight = 30;
/** Where the upper band, the first step and the lower band start. */
const top = 50;
const first = top + bandHeight + 14;
const bottom = first + steps.length * stepHeight;

/** An update's way through the folders: which files carry out a step, and where it reaches out of the process. */
export function updateDiagram(): string {
  const title = "An update's way: arguments, resolve names, plan, send, review, result";
  return picture({ title, height: bottom + bandHeight + 20 }, [
    textAt(margin, 32, "⇄ is I/O", "orange"),
    ...Object.entries(lanes).flatMap(([folder, { x, about, look }]) => [
      textAt(x, 32, `${folder}/`, "strong"),
      textAt(x + (folder.length + 2) * characterWidth, 32, about, look),
    ]),
    `<path d="M${spine} ${top + bandHeight}V${bottom}" stroke="${edge}" stroke-width="2"/>`,
    band(top, "stdin", " → server.ts → toolbox.ts, the one error boundary"),
    ...steps.flatMap(stepParts),
    band(bottom, "stdout", " ← server.ts ← toolbox.ts ← call-result.ts"),
  ]);
}

function stepParts({ name, cells, aside }: Step, at: number): string[] {
  const y = first + at * stepHeight;
  const middle = y + cellHeight / 2;
  const last = Math.max(...cells.map(({ lane }) => lanes[lane].x));
  return [
    `<path d="M${spine} ${middle}H${last}" stroke="${edge}"/>`,
    `<circle cx="${spine}" cy="${middle}" r="11" fill="#1f6feb"/>`,
    textAt(spine - characterWidth / 2, middle + 4, String(at + 1), "strong"),
    label(spine + 19, middle, name),
    ...cells.flatMap(({ lane, files, does, io }) => {
      const { x } = lanes[lane];
      return [
        box(x, y, laneWidth, cellHeight, io ? "#bd561d" : edge),
        textAt(x + 10, y + 18, files, "blue"),
        textAt(x + 10, y + 35, io ? `⇄ ${does}` : does, io ? "orange" : "plain"),
      ];
    }),
    ...(aside === undefined ? [] : [textAt(lanes.close.x + 10, middle + 4, aside, "dim")]),
  ];
}

/** A name on a line: the line does not go through it. */
function label(x: number, middle: number, name: string): string {
  const width = name.length * characterWidth + 8;
  return `<rect x="${x - 4}" y="${middle - 9}" width="${width}" height="18" fill="#0d1117"/>${textAt(x, middle + 4, name, "strong")}`;
}

/** What all calls go through, as wide as the picture. */
function band(y: number, stream: string, text: string): string {
  return [
    box(margin, y, pictureWidth - 2 * margin, bandHeight, edge),
    textAt(margin + 10, y + 19, `⇄ ${stream}`, "orange"),
    textAt(margin + 10 + (stream.length + 2) * characterWidth, y + 19, text, "plain"),
  ].join("");
}

function box(x: number, y: number, width: number, height: number, stroke: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#161b22" stroke="${stroke}"/>`;
}
