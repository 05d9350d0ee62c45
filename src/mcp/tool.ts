import type { z } from "zod/v3";
import type { Audit } from "../audit.ts";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Directory } from "../close/directory.ts";
import type { CallContext, CloseClient } from "../close/http/client.ts";
import type { OneAtATime } from "../close/one-at-a-time.ts";
import type { Mistake } from "../organization/names.ts";
import {
  argumentReader,
  maxExplained,
  maxMistakes,
  type ParsedArguments,
  type ReadingRules,
} from "./argument-reader.ts";
import type { ToolResult } from "./tool-result.ts";
import { ignoredAsNotGiven, ignoredAsOfHost } from "./warnings.ts";

/** The hints of the MCP specification, every one stated: hosts assume the worst of what is left out. */
export type ToolAnnotations = {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
};

/** What a call works with. */
export type ToolContext = CallContext & {
  close: CloseClient;
  directory: Directory;
  updates: OneAtATime;
  audit: Audit;
};

/** A tool as the server serves it. */
export type Tool = {
  name: string;
  title: string;
  description: string;
  annotations: ToolAnnotations;
  /** Whether a call changes one opportunity, as by default, or many: its failures are worded for that. */
  changes?: "one" | "many";
  inputSchema: z.AnyZodObject;
  outputSchema?: z.AnyZodObject;
  /** Hints to hosts, by their names for them (`anthropic/searchHint`). */
  meta: Readonly<Record<string, string | number>>;
  /** @throws Failure, for the caller to read. */
  call(raw: JsonObject, context: ToolContext): Promise<ToolResult>;
};

type Arguments<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

type Definition<S extends z.ZodRawShape> = Omit<Tool, "inputSchema" | "call"> & {
  inputSchema: z.ZodObject<S>;
  /** How its arguments are read, beyond what the schema says. */
  reading?: ReadingRules;
  handle(args: Arguments<S>, context: ToolContext): Promise<ToolResult>;
};

/** Makes a tool of its definition. If any argument is mistaken, `handle` is not called and nothing is sent. */
export function defineTool<S extends z.ZodRawShape>({ handle, ...definition }: Definition<S>): Tool {
  return defineResolvingTool({
    ...definition,
    handle({ args, mistakes }, context) {
      if (args === undefined) throw new Refusal(mistakes);
      return handle(args, context);
    },
  });
}

/** The same, if names are looked up before a refusal, so that wrong ones are reported together with all else. */
export function defineResolvingTool<S extends z.ZodRawShape>({
  reading,
  handle,
  ...tool
}: Omit<Definition<S>, "handle"> & {
  handle(parsed: ParsedArguments<Arguments<S>>, context: ToolContext): Promise<ToolResult>;
}): Tool {
  const read = argumentReader(tool.inputSchema, reading);
  return {
    ...tool,
    async call(raw, context) {
      const { ignored, ...parsed } = read(raw);
      const { stray, ofHost } = ignored;
      const notes = [
        ...(stray.length === 0 ? [] : [ignoredAsNotGiven(stray, tool.annotations.readOnlyHint)]),
        ...(ofHost.length === 0 ? [] : [ignoredAsOfHost(ofHost)]),
      ];
      try {
        const { warnings, ...result } = await handle(parsed, context);
        return { ...result, warnings: [...notes, ...warnings] };
      } catch (error) {
        if (error instanceof Refusal) throw refusal(tool, error.mistakes, [...notes, ...error.notes]);
        if (!(error instanceof Failure) || notes.length === 0) throw error;
        throw new Failure(
          { ...error.report, details: [...(error.report.details ?? []), ...notes] },
          { cause: error },
        );
      }
    },
  };
}

/** The arguments of a call have mistakes: all that were found. */
export class Refusal extends Error {
  readonly mistakes: readonly Mistake[];
  readonly notes: readonly string[];

  constructor(mistakes: readonly Mistake[], notes: readonly string[] = []) {
    super("mistaken arguments");
    this.mistakes = mistakes;
    this.notes = notes;
  }
}

function refusal(
  { name, annotations }: Pick<Tool, "name" | "annotations">,
  mistakes: readonly Mistake[],
  notes: readonly string[],
): Failure {
  const number = mistakes.length < maxMistakes ? String(mistakes.length) : `${maxMistakes} or more`;
  const more = mistakes.length - maxExplained;
  return new Failure({
    problem: `${annotations.readOnlyHint ? "" : "Nothing was sent: "}${name} was called with ${number} invalid argument${mistakes.length === 1 ? "" : "s"}.`,
    details: [
      ...mistakes.slice(0, maxExplained).map(({ argument, problem }) => `${argument}: ${problem}`),
      ...(more > 0 ? [mistakes.length < maxMistakes ? `and ${more} more` : "and many more"] : []),
      ...notes,
    ],
    record: "unchanged",
    remedy: remedyFor(mistakes),
  });
}

/** What to do about arguments with these mistakes, in sentences. */
export function remedyFor(mistakes: readonly Mistake[]): string {
  const impossible = mistakes.filter(({ isImpossible }) => isImpossible).length;
  const passing = mistakes.filter(({ isPassing }) => isPassing).length;
  const isRest = impossible + passing < mistakes.length;
  const again = passing > 0 ? "call again in a moment" : "call again";
  if (impossible > 0) {
    if (impossible === mistakes.length) {
      return "Leave this out: this server cannot do it, whatever the arguments. Report that to the user.";
    }
    const leave =
      "Leave out what this server cannot do, whatever the arguments, and report that to the user.";
    return `${leave} ${isRest ? `Correct the rest, then ${again}` : `Then ${again}`}.`;
  }
  if (passing === 0) return `Correct this and ${again}; the same arguments will be refused again.`;
  if (!isRest) return "Call again in a moment.";
  return `Correct the rest, then ${again}; what could not be read may be accepted then, the rest will be refused again as it is.`;
}
