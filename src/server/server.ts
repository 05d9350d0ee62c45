import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type ProgressNotification,
} from "@modelcontextprotocol/sdk/types.js";
import type { CallLimits } from "../base/call-limits.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { timeLimit } from "../base/signals.ts";
import { quote } from "../base/text.ts";
import { name, version } from "../base/version.ts";
import { errorCode } from "./messages.ts";
import type { Toolbox } from "./toolbox.ts";

/** How long a call may take in all, in milliseconds: hosts give up after 60 seconds. */
const maxCallMs = 45_000;

const { params: callParams } = CallToolRequestSchema.shape;

/** A call as the SDK has it, but with its arguments as they came: the SDK's record of them lacks one named `__proto__`. */
const callRequest = CallToolRequestSchema.extend({
  params: callParams.extend({ arguments: callParams.shape.arguments.unwrap().valueType }),
});

/** What a server needs beyond the protocol. */
export type ServerOptions = {
  /** Called once: when the host has its first answer, or when a request needs it. Must not fail. */
  loadToolbox: () => Promise<Toolbox>;
  instructions: string;
  log: Log;
};

/** An MCP server of a toolbox, and what it takes to end it without losing a call. */
export function createServer({ loadToolbox, instructions, log }: ServerOptions) {
  // The high-level class publishes a `$schema` and drops unknown arguments in silence; hosts and callers mind both.
  const server = new Server({ name, version }, { capabilities: { tools: {} }, instructions });
  /** Every call with what ends it. */
  const running = new Map<Promise<unknown>, () => void>();
  let isStopped = false;
  let loading: Promise<Toolbox> | undefined;
  const toolbox = () => {
    loading ??= loadToolbox();
    return loading;
  };
  const whileRunning = <T>(call: Promise<T>, end: () => void) => {
    const done = call.finally(() => running.delete(done));
    running.set(done, end);
    return done;
  };

  server.oninitialized = getReady;
  server.setRequestHandler(ListToolsRequestSchema, () => whileRunning(listTools(), () => {}));
  server.setRequestHandler(callRequest, ({ params }, { signal, sendNotification }) => {
    // One signal for all that ends a call: the host cancels it, its time is used up, the server stops.
    const limit = timeLimit(signal, maxCallMs);
    if (isStopped) limit.end();
    // When it is over, so are the limits of its parts, and their timers.
    const call = callTool(params.name, isObject(params.arguments) ? params.arguments : {}, {
      signal: limit.signal,
      deadline: performance.now() + maxCallMs,
      ...progressReporter(params._meta?.progressToken, sendNotification, log),
    }).finally(() => limit.end(callIsOver));
    return whileRunning(call, limit.end);
  });

  /** Loads the tools and connects, so that the first call need not wait for it. */
  function getReady(): void {
    toolbox()
      .then(({ warmUp }) => warmUp())
      .catch((error: unknown) => log("error", "not warmed up", { error: String(error) }));
  }

  async function listTools() {
    const { definitions } = await toolbox();
    return { tools: [...definitions] };
  }

  async function callTool(tool: string, args: JsonObject, caller: CallLimits) {
    const { definitions, call } = await toolbox();
    const result = await call(tool, args, caller);
    if (result !== undefined) return result;
    const known = definitions.map((definition) => definition.name).join(", ") || "none";
    throw new UnknownTool(`Unknown tool: ${quote(tool)}. Tools: ${known}`);
  }

  return {
    server,
    getReady,
    /** Resolves when no call is running any more, those included that come in the meantime. */
    async idle() {
      while (running.size > 0) await Promise.allSettled(running.keys());
    },
    /** Ends all calls, running and to come. */
    stopCalls() {
      isStopped = true;
      for (const end of running.values()) end();
    },
  };
}

/** Made once: a reason of its own for every call would take longer than all the rest of ending it. */
const callIsOver = new Error("The call is over");

/** Becomes an error of JSON-RPC with this code; the SDK's own class would put words of its own before the message. */
class UnknownTool extends Error {
  readonly code = errorCode.invalidParams;
}

/** Within work that is counted, a wait is progress too, but less than any piece of it. */
const waitStep = 0.001;

/**
 * Reports work done and waits as progress, to hosts that asked for it. What is reported grows with every notification
 * (MCP specification, progress).
 */
function progressReporter(
  progressToken: string | number | undefined,
  notify: (notification: ProgressNotification) => Promise<void>,
  log: Log,
): Required<Pick<CallLimits, "onWait" | "onProgress">> {
  let progress = 0;
  let total: number | undefined;
  const send = (message: string) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress, message, ...(total !== undefined && { total }) };
    notify({ method: "notifications/progress", params }).catch((error: unknown) =>
      log("warn", "progress not reported", { error: String(error) }),
    );
  };
  return {
    onWait(reason, milliseconds) {
      log("info", "waiting", { reason, milliseconds: Math.round(milliseconds) });
      progress += total === undefined ? 1 : waitStep;
      send(`Waiting ${(milliseconds / 1000).toFixed(1)} seconds because of ${reason}`);
    },
    onProgress(done, of, message) {
      progress = progress === 0 ? done : Math.max(done, progress + waitStep);
      total = of;
      send(message);
    },
  };
}
