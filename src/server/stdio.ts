import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { Log } from "../base/log.ts";
import {
  type Answer,
  checkRequest,
  errorCode,
  type Line,
  lineReader,
  type Message,
  type MessageId,
  readLine,
} from "./messages.ts";
import { checkNewer, discovery, inNewerForm, isNewer } from "./newer-protocol.ts";

/** The largest message that is read, in bytes. */
const maxMessageBytes = 16 * 1024 * 1024;

/** While the host does not read, so many bytes of its lines are held back before it is not read from either. */
const maxHeldBytes = 32 * 1024 * 1024;

/** What a line takes in memory besides its bytes, about. */
const lineOverheadBytes = 200;

/** How long a host that has ended its input may take to read on, in milliseconds, before what it sent is not answered. */
const maxUnreadMs = 1_000;

/** The only revision of the protocol in which messages may come in batches. */
const revisionWithBatches = "2025-03-26";

export type StdioOptions = {
  input: Readable;
  output: Writable;
  instructions: string;
  /** Called when a host has its answer to `server/discover`, with which the newer protocol begins. */
  onDiscovered: () => void;
  /** Called when no more messages will come, or nobody reads the answers any more. */
  onEnd: (reason: string) => void;
  log: Log;
};

type Request = Extract<Message, { kind: "request" }>;

/** Takes the response to a request; undefined if there is none to be sent. */
type Reply = (response: object | undefined) => void;

/**
 * The transport between a host and the SDK's server: reads messages from `input`, answers those that the SDK cannot
 * read, and hands on the others under ids of its own. Every request gets one response, unless it is cancelled.
 */
export function stdioTransport({
  input,
  output,
  instructions,
  onDiscovered,
  onEnd,
  log,
}: StdioOptions): Transport {
  /** What the SDK has yet to answer, by its own ids: a host's may be used twice, or be 0, which the SDK mistakes for none. */
  const open = new Map<number, { id: MessageId; answer: (given?: Answer) => void }>();
  let lastId = 0;
  let mayBatch = false;
  /** Lines that came while the host did not read. */
  let held: Line[] = [];
  let heldBytes = 0;
  /** Runs once the input has ended, if lines are held back by then. */
  let unread: NodeJS.Timeout | undefined;

  const transport: Transport = {
    async start() {
      const { push, end } = lineReader(maxMessageBytes);
      input.on("data", (chunk: Buffer) => push(chunk).forEach(take));
      input.once("end", () => {
        end().forEach(take);
        if (held.length === 0) onEnd("end of input");
        else unread = setTimeout(() => onEnd("end of input, and of reading"), maxUnreadMs);
      });
      input.on("error", (error) => onEnd(`input: ${error.message}`));
      output.on("drain", receiveHeld);
      output.on("error", () => onEnd("output closed"));
    },
    async send(message) {
      if ("method" in message) write(message);
      else if (typeof message.id === "number") settle(message.id, message);
    },
    async close() {
      input.pause();
      transport.onclose?.();
    },
  };
  return transport;

  /** Hands on what the SDK answers; of a request that was cancelled, nothing. */
  function settle(ownId: number, given: Answer): void {
    const request = open.get(ownId);
    open.delete(ownId);
    request?.answer("result" in given ? { result: given.result } : { error: given.error });
  }

  /** A host that does not read is not answered, so that its answers do not pile up; but the end of its input is seen. */
  function take(line: Line): void {
    if (!output.writableNeedDrain) {
      receive(line);
      return;
    }
    held.push(line);
    heldBytes += line.bytes.length + lineOverheadBytes;
    if (heldBytes > maxHeldBytes) input.pause();
  }

  function receiveHeld(): void {
    const lines = held;
    held = [];
    heldBytes = 0;
    lines.forEach(take);
    if (heldBytes <= maxHeldBytes) input.resume();
    if (unread === undefined) return;
    unread.refresh();
    if (held.length === 0) {
      clearTimeout(unread);
      unread = undefined;
      onEnd("end of input");
    }
  }

  function receive(line: Line): void {
    const message = readLine(line);
    if (Array.isArray(message)) {
      if (mayBatch) receiveBatch(message);
      else refuseBatch(message);
    } else if (message !== undefined) {
      handle(message, (response) => response && write(response));
    }
  }

  /** Answers with one list, as soon as every message of the batch is dealt with. */
  function receiveBatch(batch: readonly Message[]): void {
    const responses: object[] = [];
    let left = batch.length;
    for (const message of batch) {
      handle(message, (response) => {
        if (response !== undefined) responses.push(response);
        left -= 1;
        if (left === 0 && responses.length > 0) write(responses);
      });
    }
  }

  function refuseBatch(batch: readonly Message[]): void {
    const ids = batch.flatMap((message) => ("id" in message && message.id !== null ? message.id : []));
    const error = {
      code: errorCode.invalidRequest,
      message: "This revision of the protocol has no batches: send one message a line",
    };
    for (const id of ids.length === 0 ? [null] : ids) write({ jsonrpc: "2.0", id, error });
  }

  function handle(message: Message, reply: Reply): void {
    if (message.kind === "request") {
      ask(message, reply);
    } else if (message.kind === "malformed") {
      const { id, error } = message;
      log("warn", "protocol error", { error: error.message });
      reply({ jsonrpc: "2.0", id, error });
    } else {
      if (message.kind === "notification") notify(message.method, message.params);
      reply(undefined);
    }
  }

  function ask({ id, method, params }: Request, reply: Reply): void {
    const newer = isNewer(method, params);
    const answer = (given?: Answer) =>
      reply(given && { jsonrpc: "2.0", id, ...(newer ? inNewerForm(method, given) : given) });
    const checked = newer ? checkNewer(method, params) : checkRequest(method, params);
    if ("error" in checked) {
      answer(checked);
    } else if (method === "server/discover") {
      answer({ result: discovery(instructions) });
      // Called when all that was written has been handed over.
      output.write("", () => onDiscovered());
    } else {
      // The SDK speaks every older revision that a host may ask for.
      if (method === "initialize") mayBatch = checked.params.protocolVersion === revisionWithBatches;
      lastId += 1;
      open.set(lastId, { id, answer });
      transport.onmessage?.({ jsonrpc: "2.0", id: lastId, method, params: checked.params });
    }
  }

  function notify(method: string, { requestId }: Readonly<Record<string, unknown>>): void {
    if (method === "notifications/initialized") transport.onmessage?.({ jsonrpc: "2.0", method });
    if (method !== "notifications/cancelled") return;
    for (const [ownId, { id, answer }] of open) {
      if (id !== requestId) continue;
      open.delete(ownId);
      transport.onmessage?.({ jsonrpc: "2.0", method, params: { requestId: ownId } });
      answer();
    }
  }

  function write(message: object): void {
    output.write(`${JSON.stringify(message)}\n`);
  }
}
