import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { lineReader, readLine } from "./messages.ts";

/**
 * Carries messages between a host and the SDK's server. Unlike the SDK's own transport it answers what is not a message,
 * and lets running calls finish after the end of input.
 * @param onEnd called when no more messages will come, or nobody reads the answers any more.
 */
export function stdioTransport(input: Readable, output: Writable, onEnd: (reason: string) => void): Transport {
  const write = (message: object) => void output.write(`${JSON.stringify(message)}\n`);
  const transport: Transport = {
    async start() {
      const lines = lineReader((bytes) => {
        const line = readLine(bytes);
        if (line === undefined) return;
        if ("message" in line) transport.onmessage?.(withTextIds(line.message));
        else {
          transport.onerror?.(new Error(line.answer.error.message));
          write(line.answer);
        }
      });
      input.on("data", lines.push);
      input.on("end", () => {
        lines.end();
        onEnd("end of input");
      });
      input.on("error", (error) => onEnd(`input: ${error.message}`));
      output.on("error", () => onEnd("output closed"));
    },
    async send(message) {
      write("method" in message ? message : { ...message, id: JSON.parse(String(message.id)) });
    },
    async close() {},
  };
  return transport;
}

/** Every id as JSON text: the SDK takes an id of 0 for none when that request is cancelled. */
function withTextIds(message: JSONRPCMessage): JSONRPCMessage {
  if (!("method" in message)) return message;
  if ("id" in message) return { ...message, id: JSON.stringify(message.id) };
  if (message.method !== "notifications/cancelled") return message;
  return { ...message, params: { ...message.params, requestId: JSON.stringify(message.params?.requestId) } };
}
