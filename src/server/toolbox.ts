import { ErrorCode, McpError, type Tool as PublishedTool } from "@modelcontextprotocol/sdk/types.js";
import { createAudit } from "../audit.ts";
import type { CallLimits } from "../base/call-limits.ts";
import { Failure, type FailureReport, failureText } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { quote } from "../base/text.ts";
import { machineTimeZone } from "../base/time-zone.ts";
import { connect } from "../close/connect.ts";
import { redactor } from "../close/http/redaction.ts";
import type { Config } from "../config.ts";
import { publishedInput, publishedOutput } from "../mcp/schema.ts";
import type { Tool } from "../mcp/tool.ts";
import { type CallResult, failed, success } from "../mcp/tool-result.ts";
import { toolsFor } from "../tools/index.ts";

/** The tools, whatever the revision of the protocol. */
export type Toolbox = {
  /** As `tools/list` returns them. */
  definitions: readonly PublishedTool[];
  /**
   * Returns the tool's result, failures included.
   *
   * @throws McpError if there is no such tool.
   */
  call(name: string, args: JsonObject, caller: CallLimits): Promise<CallResult>;
};

/** The tools for this configuration, with the way to Close and the audit file that they use. */
export function openToolbox(config: Config, log: Log): Toolbox {
  const tools = toolsFor(config);
  const { close, directory, updates } = connect(config, log);
  const redact = redactor(config.credentials);
  const audit = createAudit(config.auditLog, redact);
  let timeZone = config.timeZone;

  return {
    definitions: tools.map(definitionOf),
    /** The one error boundary. */
    async call(name, args, caller) {
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined) {
        const known = tools.map((candidate) => candidate.name).join(", ");
        throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${quote(name)}. Tools: ${known}`);
      }
      timeZone ??= machinesOrUtc(log);
      const { onProgress } = caller;
      const redacted = (done: number, total: number, message: string) =>
        onProgress?.(done, total, redact(message));
      try {
        close.requireCredentials();
        const context = { ...caller, onProgress: redacted, close, directory, updates, audit, timeZone };
        return success(await tool.call(args, context), redact);
      } catch (error) {
        if (error instanceof Failure) return failed(textFor(tool, error.report), redact);
        const { stack } = error instanceof Error ? error : {};
        log("error", "unexpected error", { tool: name, error: String(error), stack });
        return failed(textFor(tool, unexpected(error, tool)), redact);
      }
    },
  };
}

function unexpected(error: unknown, { annotations, changes }: Tool): FailureReport {
  const report = "report this as a bug of close-opportunity-mcp.";
  const records = changes === "many" ? "opportunities" : "opportunity";
  return {
    problem: `Unexpected internal error: ${String(error)}`,
    record: "in doubt",
    remedy: annotations.readOnlyHint
      ? `Please ${report}`
      : `Look at the ${records} before calling again, and please ${report}`,
  };
}

/** Asked for at the first call: the data of time zones takes as much memory as all the rest. */
function machinesOrUtc(log: Log): string {
  const own = machineTimeZone();
  if (own === undefined) {
    const remedy = "set CLOSE_TIME_ZONE, for example to America/New_York";
    log("warn", "no time zone is known: UTC decides which day is today", { remedy });
  }
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
