import type { CallToolResult, Tool as PublishedTool } from "@modelcontextprotocol/sdk/types.js";
import { createAudit } from "../audit.ts";
import type { CallLimits } from "../base/call-limits.ts";
import { Failure, type FailureReport, failureText } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { machineTimeZone } from "../base/time-zone.ts";
import { connect } from "../close/connect.ts";
import { redactor } from "../close/http/redaction.ts";
import type { Config } from "../config.ts";
import { publishedInput, publishedOutput } from "../mcp/schema.ts";
import type { Tool, ToolContext } from "../mcp/tool.ts";
import { failed, success } from "../mcp/tool-result.ts";
import { toolsFor } from "../tools/index.ts";

/** The tools at work, whatever protocol carries them. */
export type Toolbox = {
  /** As `tools/list` returns them. */
  definitions: readonly PublishedTool[];
  /** Returns the tool's result, failures included; undefined if there is no such tool. */
  call(name: string, args: Record<string, unknown>, caller: CallLimits): Promise<CallToolResult | undefined>;
  /** Gets ready for the first call, which then need not wait for it. */
  warmUp(): Promise<void>;
};

const howToSetTimeZone = { remedy: "set CLOSE_TIME_ZONE, for example to America/New_York" };

/** The tools for this configuration, with the way to Close and the audit file that they use. */
export function openToolbox(config: Config, log: Log): Toolbox {
  const tools = toolsFor(config);
  const { close, directory, updates, warmUp } = connect(config, log);
  const redact = redactor(config.credentials);
  const audit = createAudit(config.auditLog, redact);
  let timeZone = config.timeZone;

  return {
    definitions: tools.map(definitionOf),
    async call(name, args, caller) {
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined) return undefined;
      timeZone ??= machinesOrUtc(log);
      return run(tool, args, { ...caller, close, directory, updates, audit, timeZone });
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
      return success(await tool.call(args, context), redact);
    } catch (error) {
      if (error instanceof Failure) return failed(textFor(tool, error.report), redact);
      log("error", "unexpected error", { tool: tool.name, error: String(error), stack: stackOf(error) });
      return failed(
        textFor(tool, {
          problem: `Unexpected internal error: ${String(error)}`,
          record: "in doubt",
          remedy: tool.annotations.readOnlyHint
            ? "Please report this as a bug of close-opportunity-mcp."
            : `Look at the ${tool.changes === "many" ? "opportunities" : "opportunity"} before calling again, and please report this as a bug of close-opportunity-mcp.`,
        }),
        redact,
      );
    }
  }
}

/** Asked for at the first call: the data of time zones takes as much memory as all the rest. */
function machinesOrUtc(log: Log): string {
  const own = machineTimeZone();
  if (own === undefined)
    log("warn", "no time zone is known: UTC decides which day is today", howToSetTimeZone);
  return own ?? "UTC";
}

/** A tool that changes nothing does not say whether something was changed. */
function textFor({ annotations, changes }: Tool, { record, ...report }: FailureReport): string {
  return failureText(annotations.readOnlyHint ? report : { ...report, record }, changes);
}

/** The definition of a tool as `tools/list` returns it. */
export function definitionOf(tool: Tool): PublishedTool {
  const { name, title, description, annotations, inputSchema, outputSchema, meta } = tool;
  return {
    name,
    title,
    description,
    inputSchema: publishedInput(inputSchema),
    ...(outputSchema && { outputSchema: publishedOutput(outputSchema) }),
    annotations,
    _meta: { ...meta },
  };
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
