import type OpenAI from "openai";
import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from "openai/resources/chat/completions";
import { z } from "zod/v3";
import { type Host, startHostFor } from "../support/host.ts";
import { type Sandbox, startSandbox } from "../support/sandbox/sandbox.ts";
import { type Turn, today } from "./errands.ts";
import { misjudged, namesNumber } from "./judge.ts";
import type { Outcome } from "./report.ts";

/** A model behind an endpoint that speaks as OpenAI's does, and what ends its work early. */
export type Player = { endpoint: OpenAI; model: string; signal: AbortSignal };

/** Where it works: an organization that may be read, and the built server over stdio that changes it. */
type World = { sandbox: Sandbox; host: Host };

type Played = Omit<Outcome, "errand" | "seconds">;

const maxRequests = 20;

/** So much time has a model for one answer; local ones are slow. */
export const timeoutMs = 180_000;

const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(today);

/** What hosts tell their models: who asks, what day it is, and the server's own instructions. */
const systemPrompt = (instructions = "") =>
  `You are the assistant of Ada Quist, who sells for Lantern Supply.
Today is ${weekday}, ${today.toISOString().slice(0, 10)}. Her time zone is UTC.

<instructions server="close-opportunity-mcp">
${instructions}
</instructions>`;

/** Does `work` with a sandbox and a server that are new, on the day of the errands. */
export async function inNewWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const started = performance.now();
  const sandbox = await startSandbox({ now: () => new Date(today.getTime() + performance.now() - started) });
  try {
    const host = await startHostFor(sandbox, { now: today });
    return await work({ sandbox, host }).finally(() => host.close());
  } finally {
    await sandbox.close();
  }
}

/**
 * Lets the model run an errand, and judges it after each turn by the organization.
 * @throws Error if it is ended by the signal.
 */
export async function play(turns: readonly Turn[], player: Player, { sandbox, host }: World): Promise<Played> {
  const before = structuredClone(sandbox.organization);
  const played: Played = { wrong: [], calls: 0, refusals: 0, characters: 0, tokens: 0, messages: [] };
  try {
    const answerTo = await conversation(host, player, played);
    for (const { says, differs, answer } of turns) {
      const text = await answerTo(says);
      played.wrong.push(...misjudged(before, sandbox.organization, differs));
      if (answer !== undefined && !namesNumber(text, answer)) played.wrong.push(`the answer does not name ${answer}`);
      if (played.wrong.length > 0) break;
    }
  } catch (error) {
    if (!(error instanceof Error) || player.signal.aborted) throw error;
    played.wrong.push(`not played to its end: ${error.message}`);
  }
  return played;
}

/** What gives the model's answer to the person's words; `played` is kept up to date. */
async function conversation(host: Host, { endpoint, model, signal }: Player, played: Played) {
  const { tools: listed } = await host.client.listTools();
  const tools = listed.map(
    ({ name, description = "", inputSchema }): ChatCompletionFunctionTool => ({
      type: "function",
      function: { name, description, parameters: inputSchema },
    }),
  );
  const messages: ChatCompletionMessageParam[] = [
    { role: "system", content: systemPrompt(host.client.getInstructions()) },
  ];
  played.messages = messages;
  let requests = 0;

  async function complete(): Promise<ChatCompletionMessage> {
    requests += 1;
    if (requests > maxRequests) throw new Error(`${maxRequests} requests were not enough`);
    const { choices, usage } = await endpoint.chat.completions.create({ model, messages, tools }, { signal });
    played.tokens += usage?.total_tokens ?? 0;
    const message = choices[0]?.message;
    if (message === undefined) throw new Error("the endpoint answered without a message");
    return message;
  }

  return async (says: string): Promise<string> => {
    messages.push({ role: "user", content: says });
    for (;;) {
      const { content, tool_calls } = await complete();
      // Some endpoints say null, or send an empty list that they do not take back.
      const calls = tool_calls ?? [];
      messages.push({ role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) });
      if (calls.length === 0) return content ?? "";
      for (const call of calls) {
        const { isError, text } = await answered(host, call);
        played.calls += 1;
        played.refusals += isError ? 1 : 0;
        played.characters += text.length;
        messages.push({ role: "tool", tool_call_id: call.id, content: text });
      }
    }
  };
}

const json = z.string().transform((text): unknown => JSON.parse(text || "{}"));
const callArguments = json.pipe(z.record(z.unknown()));

/** What a host shows of a call's result, or of one that does not reach the server as it is. */
async function answered(host: Host, call: ChatCompletionMessageToolCall) {
  try {
    if (call.type !== "function") throw new Error("There are only functions here.");
    return await host.call(callArguments.parse(call.function.arguments), call.function.name);
  } catch (error) {
    return { isError: true, text: String(error) };
  }
}
