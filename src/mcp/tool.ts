import type { z } from "zod/v3";
import type { Audit, Host } from "../audit.ts";
import { Failure, invalidArguments, withDetails } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { ReadingRules } from "../base/reading-rules.ts";
import { joined } from "../base/text.ts";
import type { Connection } from "../close/connect.ts";
import type { CallContext } from "../close/http/requests.ts";
import type { Config } from "../config.ts";
import type { Names } from "../organization/lists.ts";
import type { State } from "../state/state.ts";
import { argumentReader } from "./arguments.ts";
import type { ToolResult } from "./tool-result.ts";

/** What a call works with: among it the program that called, if it has said its name, and what whoever set this up allows. */
type CallEnvironment = CallContext &
  Connection &
  State & { audit: Audit; host?: Host | undefined; policy: Pick<Config, "confirm" | "writableFields"> };

/** The same, with the organization's lists as this call reads them. */
export type ToolContext = CallEnvironment & { names: Names };

/** A tool as the server serves it. */
export type Tool = {
  name: string;
  title: string;
  description: string;
  /** Whether a call changes one opportunity, or many; undefined if it changes nothing. */
  changes?: "one" | "many";
  annotations: ReturnType<typeof annotationsOf>;
  inputSchema: z.AnyZodObject;
  outputSchema?: z.AnyZodObject;
  /** Hints to hosts, by their names for them (`anthropic/searchHint`). */
  meta: Readonly<Record<string, string | number>>;
  /** @throws Failure, for the caller to read. */
  call(raw: JsonObject, environment: CallEnvironment): Promise<ToolResult>;
};

type Definition<S extends z.ZodRawShape> = Omit<Tool, "annotations" | "inputSchema" | "call"> & {
  inputSchema: z.ZodObject<S>;
  /** How its arguments are read, beyond what the schema says. */
  reading?: ReadingRules;
  handle(args: z.output<z.ZodObject<S>>, context: ToolContext): Promise<ToolResult>;
};

/** The hints of the MCP specification, every one stated: hosts assume the worst of what is left out. */
function annotationsOf(changes: "one" | "many" | undefined) {
  const readOnlyHint = changes === undefined;
  return { readOnlyHint, destructiveHint: !readOnlyHint, idempotentHint: true, openWorldHint: true };
}

/** Makes a tool of its definition. If any argument is mistaken, `handle` is not called and nothing is sent. */
export function defineTool<S extends z.ZodRawShape>({ reading, handle, ...tool }: Definition<S>): Tool {
  const read = argumentReader(tool.inputSchema, reading ?? new Map());
  return {
    ...tool,
    annotations: annotationsOf(tool.changes),
    async call(raw, environment) {
      const { args, mistakes, notes, empty } = read(raw);
      const said = empty.length === 0 ? notes : [ignored(empty, tool), ...notes];
      try {
        if (args === undefined) throw invalidArguments(mistakes);
        const zone = "time_zone" in args && typeof args.time_zone === "string" ? args.time_zone : undefined;
        const call = { ...environment, timeZone: zone ?? environment.timeZone };
        const names = call.directory.namesFor(call, tool.changes !== undefined);
        const result = await handle(args, { ...call, names });
        return { ...result, warnings: [...said, ...result.warnings] };
      } catch (error) {
        throw error instanceof Failure ? withDetails(inWords(error, tool), said) : error;
      }
    },
  };
}

/** A tool that changes nothing does not say how to empty a field. */
function ignored(empty: readonly string[], { changes }: Pick<Tool, "changes">): string {
  const sentence = `Ignored because null or empty: ${joined(empty, String)}.`;
  if (changes === undefined) return sentence;
  return `${sentence} An empty value never empties a field: that takes clear, or the action unset for a custom field.`;
}

/** More mistakes of one call are only counted: it is wrong in another way. */
const maxExplained = 100;

function inWords(error: Failure, { name, changes }: Pick<Tool, "name" | "changes">): Failure {
  const { mistakes = [], details = [], ...report } = error.report;
  if (mistakes.length === 0) return error;
  const explained = mistakes.slice(0, maxExplained).map(({ argument, problem }) => `${argument}: ${problem}`);
  const more = mistakes.length - explained.length;
  return new Failure({
    ...report,
    problem: `${changes === undefined ? "" : "Nothing was sent: "}${name} was called with ${report.problem}.`,
    details: [...explained, ...(more > 0 ? [`and ${more} more`] : []), ...details],
  });
}

/** What hosts read in a tool's `_meta`: words to find the tool by, and how long a result may be passed on. */
export function hostHints(words: string): Readonly<Record<string, string | number>> {
  return {
    "anthropic/searchHint": `Close CRM sales deal deals opportunity opportunities pipeline win won lost close date owner tag ${words}`,
    "anthropic/maxResultSizeChars": 500_000,
  };
}
