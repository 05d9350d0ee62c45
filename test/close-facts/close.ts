import { setTimeout } from "node:timers/promises";
import { EnvHttpProxyAgent, fetch, type Headers } from "undici";
import { z } from "zod/v3";

const object = z.record(z.unknown());
export type Json = z.infer<typeof object>;

/** `json` is empty where the body is no JSON object. */
export type Answer = { status: number; headers: Headers; text: string; json: Json };

export type Close = ReturnType<typeof connect>;

/** An answer that was not expected: what was asked, and what came. */
export class UnexpectedAnswer extends Error {}

/** So often is a request sent that the rate limit refuses. */
const maxTries = 10;

/**
 * Close's API at `baseUrl`, asked as plainly as can be: no part of the program takes part in the proof of what it rests on.
 * @param authorization the value of that header.
 */
export function connect(baseUrl: string, authorization: string) {
  const dispatcher = new EnvHttpProxyAgent();

  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    for (let left = maxTries; ; left -= 1) {
      const response = await fetch(baseUrl + path, {
        method,
        dispatcher,
        redirect: "manual",
        headers: { accept: "application/json", authorization, "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer: Answer = { status: response.status, headers: response.headers, text, json: objectIn(text) };
      if (answer.status !== 429 || left === 1) return answer;
      await setTimeout(secondsToWait(answer) * 1_000);
    }
  }

  /** The object that is answered. @throws UnexpectedAnswer if it is no success. */
  async function ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Json> {
    const { status, text, json } = await send(method, path, body, headers);
    if (status >= 200 && status <= 299) return json;
    throw new UnexpectedAnswer(
      `${method} ${path.replace(/\?.*/, "")} was answered with ${status}: ${text.slice(0, 300)}`,
    );
  }

  return { send, ask };
}

function objectIn(text: string): Json {
  try {
    return object.catch({}).parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** By the headers that Close documents; a second where neither says. */
function secondsToWait({ headers }: Answer): number {
  const reset = /reset=([\d.]+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  return Number(reset ?? headers.get("retry-after") ?? 1) + 0.1;
}
