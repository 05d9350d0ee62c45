import { ErrorCode, McpError, type Tool as PublishedTool, ToolSchema } from "@modelcontextprotocol/sdk/types.js";
import { createAudit, type Host } from "../audit.ts";
import type { CallLimits } from "../base/call-limits.ts";
import { Failure, type FailureReport } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { quote } from "../base/text.ts";
import { machineTimeZone } from "../base/time-zone.ts";
import { connect } from "../close/connect.ts";
import { redactor } from "../close/http/redaction.ts";
import type { Config } from "../config.ts";
import { published } from "../mcp/schema.ts";
import type { Tool } from "../mcp/tool.ts";
import { type CallResult, failed, failureText, success } from "../mcp/tool-result.ts";
import { openState } from "../state/state.ts";
import { toolsFor } from "../tools/index.ts";

/** The tools, whatever the revision of the protocol. */
export type Toolbox = ReturnType<typeof openToolbox>;

/** The tools for this configuration, with the way to Close and the audit file that they use. */
export function openToolbox(config: Config, log: Log) {
  const tools = toolsFor(config);
  const connection = connect(config, log);
  const redact = redactor(config.credentials);
  const audit = createAudit(config.auditLog, redact);
  const state = openState(config, log);
  let timeZone = config.timeZone;

  return {
    definitions: tools.map(definitionOf),
    /** The one error boundary: a failure is a result as well. @throws McpError if there is no such tool. */
    async call(name: string, args: JsonObject, caller: CallLimits & { host?: Host | undefined }): Promise<CallResult> {
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined) {
        const known = tools.map((candidate) => candidate.name).join(", ");
        throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${redact(quote(name))}. Tools: ${known}`);
      }
      timeZone ??= machinesOrUtc(config.machineZone, log);
      const onProgress = (done: number, total: number, text: string) => caller.onProgress?.(done, total, redact(text));
      try {
        connection.close.requireCredentials();
        const context = { ...caller, ...connection, ...state, onProgress, audit, policy: config, timeZone };
        return success(await tool.call(args, context), redact);
      } catch (error) {
        const report = error instanceof Failure ? error.report : unexpected(error, tool, log);
        return failed(failureText(report, tool.changes), redact);
      }
    },
  };
}

function unexpected(error: unknown, { name, changes }: Tool, log: Log): FailureReport {
  const { stack } = error instanceof Error ? error : {};
  log("error", "unexpected error", { tool: name, error: String(error), stack });
  const look = changes === undefined ? "" : "Look at what was to be changed before calling again. ";
  const remedy = `${look}Please report this as a bug of close-opportunity-mcp.`;
  return { problem: `Unexpected internal error: ${String(error)}`, record: "in doubt", remedy };
}

/** Asked for at the first call: the data of time zones takes as much memory as all the rest. */
function machinesOrUtc(setting: string | undefined, log: Log): string {
  const own = machineTimeZone(setting);
  if (own === undefined) {
    const remedy = "set CLOSE_TIME_ZONE, for example to America/New_York";
    log("warn", "no time zone is known: UTC decides which day is today", { TZ: setting, remedy });
  }
  return own ?? "UTC";
}

/** The definition of a tool as `tools/list` returns it. */
export function definitionOf(tool: Tool): PublishedTool {
  const outputSchema = tool.outputSchema && published(tool.outputSchema);
  return ToolSchema.parse({ ...tool, inputSchema: published(tool.inputSchema), outputSchema, _meta: tool.meta });
}
