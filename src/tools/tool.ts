import type { z } from "zod/v3";
import type { Audit } from "../audit.ts";
import type { CallContext, CloseClient } from "../close/client.ts";
import type { Directory } from "../close/directory.ts";
import type { JsonObject } from "../json.ts";
import type { BothForms } from "../opportunity/both-forms.ts";
import { argumentReader, type Reading } from "./arguments.ts";

/** The hints of the MCP specification, every one stated: hosts assume the worst of what is left out. */
export type ToolAnnotations = {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
};

/** What a call works with. */
export type ToolContext = CallContext & { close: CloseClient; directory: Directory; audit: Audit };

/** A tool as the server serves it. */
export type Tool = {
  name: string;
  title: string;
  description: string;
  annotations: ToolAnnotations;
  inputSchema: z.AnyZodObject;
  outputSchema?: z.AnyZodObject;
  /** @throws Failure, for the caller to read. */
  call(raw: JsonObject, context: ToolContext): Promise<BothForms>;
};

type Definition<S extends z.ZodRawShape> = Omit<Tool, "inputSchema" | "call"> & {
  inputSchema: z.ZodObject<S>;
  /** What to say of an unknown argument, where there is more to say than the nearest known one. */
  hint?: (unknown: string) => string | undefined;
  handle(reading: Reading<z.output<z.ZodObject<S>>>, context: ToolContext): Promise<BothForms>;
};

/** Makes a tool of its definition: `handle` gets the arguments read by `inputSchema`. */
export function defineTool<S extends z.ZodRawShape>({ hint, handle, ...tool }: Definition<S>): Tool {
  const read = argumentReader(tool.inputSchema, hint);
  return { ...tool, call: (raw, context) => handle(read(raw), context) };
}
