import { z } from "zod/v3";
import { type HttpPeer, startHttpPeer } from "../support/http-peer.ts";
import { type Call, errands, thatPlan } from "./errands.ts";

const request = z.object({
  model: z.string(),
  tools: z.array(z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) })).min(1),
  messages: z.array(z.object({ role: z.string(), content: z.string().nullable() })),
});
type Messages = z.infer<typeof request>["messages"];

/**
 * An endpoint whose model is a script: in each turn of an errand it makes the calls that do it, one after the other, and
 * answers with the result of the last.
 * @param instead other calls, by what the person says.
 */
export async function startScriptedModel(instead: Record<string, Call[]> = {}): Promise<HttpPeer> {
  const peer: HttpPeer = await startHttpPeer(() => {
    const { model, messages } = request.parse(JSON.parse(peer.requests.at(-1)?.body ?? ""));
    const message = { role: "assistant", refusal: null, ...next(messages, instead) };
    const usage = { prompt_tokens: 90, completion_tokens: 10, total_tokens: 100 };
    const choices = [{ index: 0, message, finish_reason: "tool_calls" in message ? "tool_calls" : "stop" }];
    return { status: 200, body: JSON.stringify({ id: "chat", object: "chat.completion", model, choices, usage }) };
  });
  return peer;
}

function next(messages: Messages, instead: Record<string, Call[]>) {
  const said = messages.findLastIndex(({ role }) => role === "user");
  const says = messages[said]?.content ?? "";
  const turn = Object.values(errands)
    .flat()
    .find((one) => one.says === says);
  const calls = instead[says] ?? turn?.calls ?? [];
  const results = messages.slice(said).filter(({ role }) => role === "tool");
  const call = calls[results.length];
  if (call === undefined) return { content: results.at(-1)?.content ?? "That cannot be done, or not without asking." };
  const [name, args] = call;
  const text = JSON.stringify(args).replaceAll(JSON.stringify(thatPlan), () => JSON.stringify(latestPlan(messages)));
  const id = `call_${messages.length}`;
  return { content: null, tool_calls: [{ id, type: "function", function: { name, arguments: text } }] };
}

/** The sentence of the plan or undo that a result held last. */
function latestPlan(messages: Messages): string {
  const found = messages.flatMap(({ role, content }) =>
    role === "tool" ? [...(content ?? "").matchAll(/"(?:plan|undo)":("(?:[^"\\]|\\.)*")/g)] : [],
  );
  return z.string().parse(JSON.parse(found.at(-1)?.[1] ?? "null"));
}
