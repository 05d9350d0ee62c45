import { expect, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import type { Reply } from "./host.ts";
import { names } from "./sandbox/names.ts";
import { serveSandbox } from "./served.ts";

export type Arguments = Record<string, unknown>;

type Deal = keyof typeof ids.opportunities;
type Given = Arguments | ((earlier: readonly Reply[]) => Arguments);

/** A call, the requests that Close receives because of it, and the lines that the person reads. */
export type Turn = { tool: string; args: Given; sent: readonly unknown[]; lines: readonly unknown[] };

/** A Wednesday. */
const start = Date.parse("2026-11-25T10:00:00Z");

/** How many bytes a model reads of a result, in both of its forms; and the most of them that a call may cost. */
export const sizeOf = ({ text, structured }: Reply) => Buffer.byteLength(text + JSON.stringify(structured));
const maxBytes = 14_000;

/** What a sales person says on that Wednesday, as tests. In requests and lines the sandbox's names stand for its ids. */
export async function errands() {
  let requests = 0;
  // No two moments are the same, and none is far from the server's clock, however long the tests take.
  const now = () => new Date(start + requests++);
  const { sandbox, host } = await serveSandbox({ now }, { now: new Date(start) });

  /** By path, as rows run side by side; without the lists that the server keeps, and how results are to be shown. */
  function requestsFrom(first: number): string[] {
    return (
      sandbox.requests
        .slice(first)
        .filter(({ path }) => !/^\/(?:pipeline|custom_field_schema|user|me)\//.test(path))
        .map(({ method, path, rawBody }) => ({
          path,
          text: [method, decodeURIComponent(path).replace(/&_.*$/, ""), rawBody].filter(Boolean).join(" "),
        }))
        .sort((a, b) => a.path.localeCompare(b.path))
        .map(({ text }) => named(text))
        // On a slow machine what was read is soon old, and read again.
        .filter((text, at, all) => !text.startsWith("GET ") || text !== all[at - 1])
    );
  }

  /** A test of what comes of a person's words. What `given` changes in the sandbox is there before. */
  function errand(says: string, turns: readonly Turn[], given: () => unknown = () => undefined): void {
    test(says, async () => {
      await given();
      const replies: Reply[] = [];
      for (const { tool, args, sent, lines } of turns) {
        const first = sandbox.requests.length;
        const answer = await host.call(evaluated(args, replies), tool);
        expect(named(answer.summary).split("\n")).toEqual(lines);
        expect(requestsFrom(first)).toEqual(sent);
        expect(sizeOf(answer)).toBeLessThanOrEqual(maxBytes);
        replies.push(answer);
      }
    });
  }

  return { sandbox, errand };
}

const evaluated = (args: Given, earlier: readonly Reply[]) => (typeof args === "function" ? args(earlier) : args);

/** A turn that calls this tool and leads to these requests. */
const turn =
  (tool: string) =>
  (args: Given, sent: readonly unknown[], lines: readonly unknown[]): Turn => ({ tool, args, sent, lines });
export const find = turn("find_opportunities");
export const get = turn("get_opportunity");

/** What is sent to each of several deals. */
type Bodies = { [deal in Deal]?: Arguments };

export const alike = (deals: readonly Deal[], body: Arguments): Bodies =>
  Object.fromEntries(deals.map((deal) => [deal, body]));

const read = (deal: string) => `GET /opportunity/${deal}/`;
const written = (bodies: Bodies) =>
  Object.entries(bodies).flatMap(([deal, body]) => [read(deal), `PUT /opportunity/${deal}/ ${JSON.stringify(body)}`]);

const writing = (tool: string) => (args: Given, bodies: Bodies, lines: readonly unknown[]) =>
  turn(tool)(args, written(bodies), lines);
export const updateMany = writing("update_opportunities");
export const applyPlan = writing("apply_plan");

const updateOne = (deal: Deal, args: Given, sent: readonly unknown[], lines: readonly unknown[]) =>
  turn("update_opportunity")((earlier) => ({ id: ids.opportunities[deal], ...evaluated(args, earlier) }), sent, lines);

/** An update of a deal by this body, or by none, after these look-ups. */
export function update(
  deal: Deal,
  args: Given,
  body: Arguments | undefined,
  lines: readonly unknown[],
  lookUps: readonly unknown[] = [],
): Turn {
  return updateOne(deal, args, [...lookUps, ...(body ? written({ [deal]: body }) : [read(deal)])], lines);
}

/** An update of a deal of which one argument has to be corrected, after these requests. */
export function refuse(deal: Deal, args: Given, line: string, sent: readonly string[] = [read(deal)]): Turn {
  return updateOne(deal, args, sent, [
    "Nothing was sent: update_opportunity was called with 1 invalid argument.",
    line,
    "The opportunity is unchanged.",
    "Correct this and call again; the same arguments will be refused again.",
  ]);
}

/** The text with the sandbox's names for ids, without times of day and the words that plans are found by. */
function named(text: string): string {
  return text
    .replace(/[a-z]+_[A-Za-z0-9]{22,}/g, (id) => names.get(id) ?? id)
    .replace(/(\d{4}-\d\d-\d\d)T[\d:.]+(?:Z|\+00:00)/g, "$1 …")
    .replace(/ · [a-z0-9]{6}$/gm, " · …");
}

/** The request that looks for the leads of this name. */
export const leadsSearched = (name: string): unknown =>
  expect.stringMatching(new RegExp(`^POST /data/search/ .*"value":"${name}"`));

const found = z.object({ opportunities: z.array(z.object({ id: z.string() })) });

/** The ids in an answer of find_opportunities. */
export const idsIn = (reply: Reply | undefined) => found.parse(reply?.structured).opportunities.map(({ id }) => id);
