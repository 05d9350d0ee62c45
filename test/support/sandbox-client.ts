import { request } from "undici";
import type { Sandbox } from "./sandbox/sandbox.ts";

export type Answer = {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  json: Record<string, unknown>;
};
export type Sent = {
  method?: "GET" | "PUT" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
};

export type Client = {
  send(path: string, sent?: Sent): Promise<Answer>;
  get(id: string): Promise<Answer>;
  put(id: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Advanced filtering. */
  search(body: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** Speaks to the sandbox as a program with the right key would. */
export function clientOf(sandbox: Sandbox): Client {
  const authorization = `Basic ${Buffer.from(`${sandbox.apiKey}:`).toString("base64")}`;
  const send: Client["send"] = async (path, { method = "GET", headers = {}, body } = {}) => {
    const answer = await request(sandbox.url + path, {
      method,
      headers: { authorization, ...headers },
      body: body ?? null,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, json: parsed(text) };
  };
  const sendJson = (method: "PUT" | "POST", path: string, body: unknown, headers?: Record<string, string>) =>
    send(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    send,
    get: (id) => send(`/opportunity/${id}/`),
    put: (id, body, headers) => sendJson("PUT", `/opportunity/${id}/`, body, headers),
    search: (body, headers) => sendJson("POST", "/data/search/", body, headers),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
