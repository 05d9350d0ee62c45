import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { z } from "zod/v3";
import { isObject } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { timeLimit } from "../base/signals.ts";
import { firstCharacters } from "../base/text.ts";
import { name, version } from "../base/version.ts";
import { clientInfo, discovery, inNewerForm, isNewer, keepable } from "./newer-protocol.ts";
import { progressReporter } from "./progress.ts";
import type { Toolbox } from "./toolbox.ts";

/** How long a call may take in all, in milliseconds: hosts give up after 60 seconds. */
const maxCallMs = 45_000;

/** A request as it came: the SDK's own schema of calls loses an argument named `__proto__`. */
const requestFor = <Method extends string>(method: Method) =>
  z.object({ method: z.literal(method), params: z.unknown() });

const callParams = z.object({ name: z.string(), arguments: z.unknown() });

/** How a client names itself, if it does. */
const shortText = z.string().transform((text) => firstCharacters(text, 200));
const client = z.object({ name: shortText, version: shortText });

/** An MCP server of the tools, and what it takes to end it without losing a call. */
export function createServer({ definitions: tools, call }: Toolbox, instructions: string, log: Log) {
  // The high-level class publishes a `$schema` and drops unknown arguments in silence; hosts and callers mind both.
  const server = new Server({ name, version }, { capabilities: { tools: {} }, instructions });
  /** Every call with what ends it. */
  const running = new Map<Promise<unknown>, () => void>();
  let isStopped = false;

  server.setRequestHandler(requestFor("server/discover"), (_, { _meta }) => discovery(_meta, instructions));
  server.setRequestHandler(requestFor("tools/list"), (_, { _meta }) =>
    isNewer(_meta) ? inNewerForm({ tools, ...keepable }) : { tools },
  );
  server.setRequestHandler(requestFor("tools/call"), async ({ params }, extra) => {
    const isForNewer = isNewer(extra._meta);
    // The SDK has refused anything else.
    const { name: tool, arguments: args } = callParams.parse(params);
    // One signal for all that ends a call: the host cancels it, its time is used up, the server stops.
    const limit = timeLimit(extra.signal, maxCallMs);
    if (isStopped) limit.end();
    const done = call(tool, isObject(args) ? args : {}, {
      signal: limit.signal,
      deadline: performance.now() + maxCallMs,
      host: client.safeParse(clientInfo(extra._meta) ?? server.getClientVersion()).data,
      ...progressReporter(extra._meta?.progressToken, extra.sendNotification, log),
    }).finally(() => {
      running.delete(done);
      // Ends the limits of its parts too, and their timers.
      limit.end();
    });
    running.set(done, limit.end);
    const result = await done;
    return isForNewer ? inNewerForm(result) : result;
  });

  return {
    server,
    /** Resolves when no call is running any more, those included that come in the meantime. */
    async idle() {
      while (running.size > 0) await Promise.allSettled(running.keys());
    },
    /** Ends all calls, running and to come. A write under way is then in doubt, and in the audit file as such. */
    stopCalls() {
      isStopped = true;
      for (const end of running.values()) end();
    },
  };
}
