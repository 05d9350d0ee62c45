import type { CallToolResult, Tool as PublishedTool } from "@modelcontextprotocol/sdk/types.js";
import { createAudit } from "../audit.ts";
import { Failure, failureText } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { machineTimeZone } from "../base/time-zone.ts";
import { connect } from "../close/connect.ts";
import type { CallLimits } from "../close/http/retry.ts";
import type { Config } from "../config.ts";
import { failed, success } from "../mcp/result.ts";
import { publishedInput, publishedOutput } from "../mcp/schema.ts";
import type { Tool, ToolContext } from "../mcp/tool.ts";
import { toolsFor } from "../tools/index.ts";

/** The tools at work, whatever protocol carries them. */
export type Toolbox = {
  /** As `tools/list` gives them. */
  definitions: readonly PublishedTool[];
  /** What the tool answers, failures included; undefined where there is no such tool. */
  call(name: string, args: Record<string, unknown>, caller: CallLimits): Promise<CallToolResult | undefined>;
  /** Gets ready for the first call, which then need not wait for it. */
  warmUp(): Promise<void>;
};

/** The tools for this configuration, with the way to Close and the audit file that they use. */
export function openToolbox(config: Config, log: Log): Toolbox {
  const tools = toolsFor(config);
  const { close, directory, updates, warmUp } = connect(config, log);
  const audit = createAudit(config.auditLog);

  return {
    definitions: tools.map(published),
    async call(name, args, caller) {
      const tool = tools.find((candidate) => candidate.name === name);
      const timeZone = config.timeZone ?? machineTimeZone();
      return tool && run(tool, args, { ...caller, close, directory, updates, audit, timeZone });
    },
    warmUp,
  };

  /** The one error boundary. */
  async function run(
    tool: Tool,
    args: Record<string, unknown>,
    context: ToolContext,
  ): Promise<CallToolResult> {
    try {
      close.requireCredentials();
      return success(await tool.call(args, context));
    } catch (error) {
      if (error instanceof Failure) return failed(failureText(error.report));
      log("error", "unexpected error", { tool: tool.name, error: String(error), stack: stackOf(error) });
      return failed(
        failureText({
          problem: `This server failed in a way that it should not: ${String(error)}`,
          record: tool.annotations.readOnlyHint ? "unchanged" : "in doubt",
          remedy:
            "Look at the opportunity before calling again, and report this as a bug of close-opportunity-mcp.",
        }),
      );
    }
  }
}

/** The definition of a tool as `tools/list` gives it. */
export function published(tool: Tool): PublishedTool {
  const { name, title, description, annotations, inputSchema, outputSchema } = tool;
  return {
    name,
    title,
    description,
    inputSchema: publishedInput(inputSchema),
    ...(outputSchema && { outputSchema: publishedOutput(outputSchema) }),
    annotations,
  };
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
