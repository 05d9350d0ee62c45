import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type ProgressNotification,
  type Tool as PublishedTool,
  ToolSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Audit } from "./audit.ts";
import { failed, success } from "./call-result.ts";
import type { CloseClient } from "./close/client.ts";
import type { Directory } from "./close/directory.ts";
import { Failure, failureText } from "./failure.ts";
import { instructionsFor } from "./instructions.ts";
import type { Log } from "./log.ts";
import { publishedInput, publishedOutput } from "./tools/schema.ts";
import type { Tool, ToolContext } from "./tools/tool.ts";
import { name, version } from "./version.ts";

/** How long a call may take in all, in milliseconds: hosts give up after 60 seconds. */
const callBudget = 45_000;

export type ServerOptions = {
  tools: readonly Tool[];
  close: CloseClient;
  directory: Directory;
  audit: Audit;
  /** IANA name: which day "today" is where a call does not say. */
  timeZone: string;
  log: Log;
};

/** An MCP server of these tools, and what it takes to end it without losing a call. */
export function createServer({ tools, close, directory, audit, timeZone, log }: ServerOptions) {
  // The high-level class publishes a `$schema` and drops unknown arguments in silence; hosts and callers mind both.
  const server = new Server(
    { name, version },
    { capabilities: { tools: {} }, instructions: instructionsFor(tools) },
  );
  const running = new Set<Promise<unknown>>();
  const stopped = new AbortController();

  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(published) }));

  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const tool = tools.find((candidate) => candidate.name === params.name);
    if (tool === undefined) {
      const known = tools.map((candidate) => candidate.name).join(", ") || "none";
      throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}. Tools: ${known}`);
    }
    const budget = new AbortController();
    const timer = setTimeout(() => budget.abort(), callBudget);
    const call = run(tool, params.arguments ?? {}, {
      close,
      directory,
      audit,
      timeZone,
      signal: AbortSignal.any([signal, budget.signal, stopped.signal]),
      deadline: performance.now() + callBudget,
      onWait: progressReporter(params._meta?.progressToken, sendNotification, log),
    });
    running.add(call);
    return call.finally(() => {
      clearTimeout(timer);
      running.delete(call);
    });
  });

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

  return {
    server,
    /** Resolves when no call is running any more, those included that come meanwhile. */
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
    /** Ends all calls, running and to come. */
    stopCalls: () => stopped.abort(),
  };
}

/** Reports waits as progress, to hosts that asked for it (MCP specification, progress). */
function progressReporter(
  progressToken: string | number | undefined,
  notify: (notification: ProgressNotification) => Promise<void>,
  log: Log,
): (reason: string, milliseconds: number) => void {
  let progress = 0;
  return (reason, milliseconds) => {
    const message = `Waiting ${(milliseconds / 1000).toFixed(1)} seconds because of ${reason}`;
    log("info", "waiting", { reason, milliseconds: Math.round(milliseconds) });
    if (progressToken === undefined) return;
    progress += 1;
    const params = { progressToken, progress, message };
    notify({ method: "notifications/progress", params }).catch((error: unknown) =>
      log("warn", "progress not reported", { error: String(error) }),
    );
  };
}

/** The definition of a tool as `tools/list` gives it. */
export function published(tool: Tool): PublishedTool {
  const { name, title, description, annotations, inputSchema, outputSchema } = tool;
  return ToolSchema.parse({
    name,
    title,
    description,
    annotations,
    inputSchema: publishedInput(inputSchema),
    ...(outputSchema && { outputSchema: publishedOutput(outputSchema) }),
  });
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
