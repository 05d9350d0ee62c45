import * as errors from "../../src/close/http/errors.ts";
import { type Answer, type CloseRequest, ExchangeError } from "../../src/close/http/transport.ts";
import { failureText } from "../../src/mcp/tool-result.ts";
import { answerOf } from "../support/answers.ts";
import type { Shown } from "./document.ts";

const read: CloseRequest = { method: "GET", path: "/opportunity/oppo_1/" };
const update: CloseRequest = { method: "PUT", path: "/opportunity/oppo_1/" };
const list: CloseRequest = { method: "GET", path: "/pipeline/" };

const closesOwn = { error: "The request was refused." };
const gateway = answer(502, "<h1>Bad Gateway</h1>", { "content-type": "text/html" });
const badRequest = answer(
  400,
  {
    error: "Bad request",
    "field-errors": {
      status: "Not a status.",
      "custom.cf_1": ["Not a number.", "Required."],
      contacts: { errors: [{ "field-errors": { emails: "Invalid." } }] },
    },
  },
  { "trace-id": "0123456789abcdef" },
);

type Failed = readonly [when: string, make: () => errors.CloseError];

/** What each maker of errors can be called with. What an update comes to whose answer was lost is said by others. */
const calls: Record<Exclude<keyof typeof errors, "CloseError" | "ifThisKeepsHappening">, readonly Failed[]> = {
  refused: [
    refused("400 to an update, with messages for fields, nested ones and the whole", update, badRequest),
    refused("400 that says nothing", read, answer(400, "")),
    refused("403", update, answer(403, closesOwn)),
    refused("404 that names the opportunity", read, answer(404, { error: "Opportunity does not exist." })),
    refused("404 that names none", read, answer(404, closesOwn)),
    refused("404 for anything else", list, answer(404, "<html>Not found</html>")),
    refused("408", read, answer(408)),
    refused("409, as any other status", update, answer(409, closesOwn)),
    refused("429 with a time", read, answer(429, {}, { "retry-after": "13" })),
    refused("429 without a time", read, answer(429)),
    refused("301 with its target", read, answer(301, "", { location: "https://login.example/?next=%2F" })),
    refused("302 without a target", read, answer(302, "")),
    refused("200 with a web page", read, answer(200, "<p>", { "content-type": "text/html" })),
    refused("500 in Close's own form", read, answer(500, closesOwn)),
    refused("502 from a gateway", read, gateway),
    ["401, and the key is bad", () => errors.refused(update, answer(401, closesOwn), "refused")],
    [
      "401, and the key works",
      () => errors.refused(update, answer(401), { id: "user_1", first_name: "Ada", last_name: "Quist" }),
    ],
    ["401, and GET /me/ does not answer", () => errors.refused(read, answer(401), "unknown")],
  ],
  unusable: [
    ["an empty body for a read", () => errors.unusable(read, answer(200, ""), "a list")],
    ["a list for an opportunity", () => errors.unusable(read, answer(200, []), "the opportunity")],
  ],
  rateLimited: [["the rate limit would delay an update for too long", () => errors.rateLimited(update, 41.2)]],
  outOfTime: [["the call's time was used up before the request", () => errors.outOfTime(read)]],
  unreachable: [
    unreachable("an update found no connection", update, broken("connect ECONNREFUSED", "ECONNREFUSED")),
    unreachable(
      "a certificate that is not trusted",
      read,
      broken("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    ),
    unreachable("an unknown host", read, broken("getaddrinfo ENOTFOUND", "ENOTFOUND")),
    unreachable("the connection broke", read, broken("read ECONNRESET", "ECONNRESET")),
    unreachable("no answer in time", read, broken("Headers Timeout Error", "UND_ERR_HEADERS_TIMEOUT")),
    unreachable("an answer past the size limit", read, broken("", "UND_ERR_RES_EXCEEDED_MAX_SIZE")),
    unreachable("a read was stopped", read, broken("aborted", "ABORT_ERR", AbortSignal.abort())),
  ],
};

/** Each failure of an exchange with Close; a maker of errors that is new here has no texts. */
export function exchangeFailures(): Map<string, Shown[]> {
  const makers = Object.keys(errors).filter((name) => !["CloseError", "ifThisKeepsHappening"].includes(name));
  const known = new Map<string, readonly Failed[]>(Object.entries(calls));
  return new Map(
    makers.map((name) => [
      name,
      (known.get(name) ?? []).map(([when, make]) => ({ when, text: failureText(make().report, "one") })),
    ]),
  );
}

function refused(when: string, request: CloseRequest, got: Answer): Failed {
  return [when, () => errors.refused(request, got)];
}

function unreachable(when: string, request: CloseRequest, error: ExchangeError): Failed {
  return [when, () => errors.unreachable(request, error, "close.example")];
}

function answer(status: number, body: unknown = { error: "No." }, headers: Record<string, string> = {}): Answer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return answerOf(status, { "content-type": "application/json", ...headers }, text);
}

function broken(message: string, code: string, signal = new AbortController().signal): ExchangeError {
  const mayHaveArrived = !["ECONNREFUSED", "ENOTFOUND"].includes(code);
  return new ExchangeError(Object.assign(new Error(message), { code }), signal, { mayHaveArrived });
}
