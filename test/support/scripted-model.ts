import { z } from "zod/v3";
import { type HttpPeer, startHttpPeer } from "./http-peer.ts";

/** Content is text, or parts that hold it. */
const content = z
  .union([z.string(), z.array(z.object({ text: z.string().default("") }).transform(({ text }) => text))])
  .nullish()
  .transform((given) => [given ?? ""].flat().join("\n"));

const tool = z.object({ function: z.object({ name: z.string() }).transform(({ name }) => name) });

const request = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  tools: z.array(tool.transform((given) => given.function)).default([]),
  messages: z.array(z.object({ role: z.string(), content })),
});

/** What the model is asked. */
export type Asked = {
  /** The names of the tools that it is offered. */
  tools: string[];
  /** The whole conversation as text. */
  said: string;
  /** What its calls have returned in this conversation, oldest first. */
  results: string[];
  /** What the person has said last, and what the calls have returned since. */
  latest: { says: string; results: string[] };
};

/** A call, by the names that the host gives to tools, or the last sentence. */
export type Move = { name: string; args: Record<string, unknown> } | { says: string };

/** An endpoint for chat completions, in one piece or streamed, whose model makes the moves of a script. */
export type ScriptedModel = {
  /** http://127.0.0.1:41234/v1 */
  url: string;
  /** Every question that came with tools. */
  asked: Asked[];
  close(): Promise<void>;
};

/** @param script the move for what is asked; questions without tools (for a title of the session) get a word. */
export async function startScriptedModel(script: (asked: Asked) => Move): Promise<ScriptedModel> {
  const all: Asked[] = [];
  const peer: HttpPeer = await startHttpPeer((method) => {
    if (method !== "POST") return { status: 200, body: JSON.stringify({ object: "list", data: [] }) };
    const { model, stream, tools, messages } = request.parse(JSON.parse(peer.requests.at(-1)?.body ?? ""));
    const resultsFrom = (first: number) =>
      messages.slice(first).flatMap(({ role, content }) => (role === "tool" ? [content] : []));
    const last = messages.findLastIndex(({ role }) => role === "user");
    const latest = { says: messages[last]?.content ?? "", results: resultsFrom(last) };
    const asked = { tools, said: messages.map(({ content }) => content).join("\n"), results: resultsFrom(0), latest };
    if (tools.length > 0) all.push(asked);
    const move = tools.length > 0 ? script(asked) : { says: "Deals" };
    return { status: 200, ...(stream ? streamed(model, move) : whole(model, move)) };
  });
  return { url: `${peer.url}/v1`, asked: all, close: () => peer.close() };
}

const common = (model: string, object: string) => ({ id: "chat", object, created: 0, model });
const usage = { prompt_tokens: 90, completion_tokens: 10, total_tokens: 100 };
const reasonOf = (move: Move) => ("says" in move ? "stop" : "tool_calls");

function messageOf(move: Move) {
  if ("says" in move) return { role: "assistant", content: move.says };
  const called = { name: move.name, arguments: JSON.stringify(move.args) };
  const id = `call_${Math.random().toString(36).slice(2)}`;
  return { role: "assistant", content: null, tool_calls: [{ index: 0, id, type: "function", function: called }] };
}

function whole(model: string, move: Move) {
  const choices = [{ index: 0, message: messageOf(move), finish_reason: reasonOf(move) }];
  return { body: JSON.stringify({ ...common(model, "chat.completion"), choices, usage }) };
}

function streamed(model: string, move: Move) {
  const chunk = (delta: object, finish_reason: string | null) =>
    JSON.stringify({ ...common(model, "chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason }] });
  const counted = JSON.stringify({ ...common(model, "chat.completion.chunk"), choices: [], usage });
  const events = [chunk(messageOf(move), null), chunk({}, reasonOf(move)), counted, "[DONE]"];
  const body = events.map((event) => `data: ${event}\n\n`).join("");
  return { headers: { "content-type": "text/event-stream" }, body };
}
