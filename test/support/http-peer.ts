import { createServer, type IncomingHttpHeaders } from "node:http";
import { listen } from "./silent-peers.ts";

/** A request as it came over the wire. */
export type PeerRequest = {
  /** Method, target and version: `PUT /api/v1/me/ HTTP/1.1`. */
  line: string;
  headers: IncomingHttpHeaders;
  /** Header names as often as they came. */
  headerNames: string[];
  body: string;
};

export type PeerAnswer = { status: number; headers?: Record<string, string>; body?: string };

/** An HTTP peer that knows nothing of Close: it sends the answers it was given. */
export type HttpPeer = {
  /** http://127.0.0.1:41234 */
  url: string;
  requests: PeerRequest[];
  close(): Promise<void>;
};

type Answers = (method: string, target: string, request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>;

export async function startHttpPeer(answer: Answers): Promise<HttpPeer> {
  const requests: PeerRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", httpVersion, headers, rawHeaders } = request;
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) body += String(chunk);
    const headerNames = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    const received = { line: `${method} ${url} HTTP/${httpVersion}`, headers, headerNames, body };
    requests.push(received);
    const { status, headers: answered = {}, body: text = "" } = await answer(method, url, received);
    response.writeHead(status, { "content-type": "application/json", ...answered }).end(text);
  });
  const { address, close } = await listen(server);
  return { url: `http://${address}`, requests, close };
}

/** A base URL at which nothing listens. */
export async function closedPort(): Promise<string> {
  const peer = await startHttpPeer(() => ({ status: 200 }));
  await peer.close();
  return peer.url;
}
