import { STATUS_CODES } from "node:http";
import { Failure, type FailureReport } from "../../base/failure.ts";
import { isObject } from "../../base/json.ts";
import { asText, beginning, quote } from "../../base/text.ts";
import type { Loss } from "../../opportunity/update/verdict.ts";
import { type Me, userName } from "../../organization/lists.ts";
import { type Answer, isClosesOwn } from "./answer.ts";
import { secondsUntilReset } from "./rate-limit-headers.ts";
import { isOfOneOpportunity, type RequestLine } from "./request-line.ts";
import type { ExchangeError } from "./transport.ts";

/** A request to Close that did not lead to a usable answer. */
export class CloseError extends Failure {
  override name = "CloseError";
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** How the answer to an update was lost, which leaves the opportunity in doubt; undefined if it is certainly unchanged. */
  readonly loss: Loss | undefined;
  /** The caller's names of the fields that Close's 400 named. */
  readonly refusedFields: readonly string[];
  /** Whether the same request may succeed in a moment, as its remedy says. */
  readonly isPassing: boolean;

  constructor(
    report: Omit<FailureReport, "record">,
    facts: {
      status?: number | undefined;
      loss?: Loss | undefined;
      refusedFields?: readonly string[];
      isPassing?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super({ ...report, record: facts.loss === undefined ? "unchanged" : "in doubt" }, { cause: facts.cause });
    this.status = facts.status;
    this.loss = facts.loss;
    this.refusedFields = facts.refusedFields ?? [];
    this.isPassing = facts.isPassing ?? false;
  }
}

const again = "The same call will fail again.";

/** What to do about an update that may have been applied: a dry run lists what is still missing. */
export const findOut =
  "To find out, call again with the same arguments, without expected_date_updated and with dry_run: true: changes lists what is still missing, and is empty if the update went through.";

const ifThisKeepsHappening = "If this keeps happening, check the network, CLOSE_BASE_URL and any proxy.";

/** The error for an answer whose status is not a success. 401 has its own, `unauthorized`. */
export function refused(request: RequestLine, answer: Answer): CloseError {
  const { status } = answer;
  const fields = fieldErrors(request, answer);
  const loss = lossOf(request, answer);
  const { meaning, remedy } = explainStatus(request, answer, fields.length > 0);
  return new CloseError(
    {
      problem: `${answered(request, answer)}${meaning}`,
      details: closesWords(fields, answer),
      remedy: loss === "open" || loss === "failed" ? `${findOut} ${ifThisKeepsHappening}` : remedy,
      traceId: traceIdOf(answer),
      isOutOfTime: status === 429,
    },
    {
      status,
      loss,
      refusedFields: fields.map(([field]) => field),
      isPassing: status === 429 || (status >= 400 && !isRefusal(status)),
    },
  );
}

/** What an answer that is not a success leaves open of an update. */
function lossOf({ method }: RequestLine, answer: Answer): Loss | undefined {
  if (method !== "PUT") return undefined;
  const { status } = answer;
  if (isClosesOwn(answer) && isRefusal(status)) return undefined;
  if (status === 429) return "failed";
  if (isRefusal(status)) return "refused";
  return isClosesOwn(answer) && (status === 500 || status === 503) ? "failed" : "open";
}

/**
 * Whether the status refuses the request, so that sending it again changes nothing. The others leave open what became of
 * it: a server failed or gave up waiting, a proxy sent elsewhere, or HTTP does not define the status (460, 499).
 */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status in STATUS_CODES;
}

/** The user whose key it is, as far as `GET /me/` shows: not at all if it is refused too, or has no usable answer. */
export type KeyHolder = Me | "refused" | "unknown";

/** The error for a 401, which Close sends for a bad key and for a missing permission alike. */
export function unauthorized(request: RequestLine, answer: Answer, holder: KeyHolder): CloseError {
  const { meaning, remedy } = explainUnauthorized(request, holder);
  return new CloseError(
    {
      problem: `${answered(request, answer)} ${meaning}`,
      details: closesWords(fieldErrors(request, answer), answer),
      remedy: `${remedy} ${again}`,
      traceId: traceIdOf(answer),
    },
    { status: answer.status, loss: lossOf(request, answer) },
  );
}

function explainUnauthorized(request: RequestLine, holder: KeyHolder): Explanation {
  const checkKey =
    "Check CLOSE_API_KEY or CLOSE_ACCESS_TOKEN; keys are made in Close under Settings > Developer > API Keys.";
  const askForPermission =
    "Ask an administrator of the organization for the permission to view and edit opportunities.";
  if (holder === "refused") {
    return {
      meaning: "It is a bad key: GET /me/ was refused too, so this is not a missing permission.",
      remedy: checkKey,
    };
  }
  if (holder === "unknown") {
    return {
      meaning: "This means a bad key or a missing permission; GET /me/ had no answer that shows which.",
      remedy: `${checkKey} ${askForPermission}`,
    };
  }
  const valid = `The key is valid (it belongs to ${userName(holder)})`;
  const missing = missingPermission(request, holder);
  if (missing === undefined) {
    return { meaning: `${valid} but lacks a permission.`, remedy: askForPermission };
  }
  return {
    meaning: `${valid} but its user does not have the permission ${missing}.`,
    remedy: `Ask an administrator of the organization to grant the permission ${missing} to this user's role.`,
  };
}

/** What a role needs for what belongs to others (Close's documentation of roles, recorded traffic), if it is not granted. */
function missingPermission({ method, path }: RequestLine, { memberships }: Me): string | undefined {
  const granted = memberships?.flatMap(({ permissions_granted }) => permissions_granted ?? []) ?? [];
  const needed = method === "PUT" ? "manage_others_opportunities" : "view_all_leads";
  const isKnown = granted.length > 0 && path.startsWith("/opportunity/");
  return isKnown && !granted.includes(needed) ? needed : undefined;
}

/**
 * The error for a success that is not what was asked for: an empty body, HTML, a list, another record.
 *
 * @param wanted what it should have been, with its article.
 */
export function unusable(request: RequestLine, answer: Answer, wanted: string): CloseError {
  const type = beginning(answer.headers["content-type"] ?? "no content type", 100);
  const what =
    answer.body.trim() === ""
      ? "an empty body"
      : `a body that is not ${wanted} (${type}): ${quoted(answer.body)}`;
  const loss = request.method === "PUT" ? "open" : undefined;
  return new CloseError(
    {
      problem: `${answered(request, answer)} It came with ${what}.`,
      remedy: `${loss === undefined ? "Call again." : findOut} ${ifThisKeepsHappening}`,
      traceId: traceIdOf(answer),
    },
    { status: answer.status, loss, isPassing: true },
  );
}

/** The error for a request that the rate limit would hold up for longer than the call may take. */
export function rateLimited(request: RequestLine, seconds: number): CloseError {
  return new CloseError(
    {
      problem: `${nameOf(request)} was not sent: Close's rate limit is used up.`,
      remedy: `Call again ${inSeconds(seconds)}.`,
      isOutOfTime: true,
    },
    { isPassing: true },
  );
}

/** The error for a request whose call ended before it was sent: its time was used up, or it was cancelled. */
export function outOfTime(request: RequestLine): CloseError {
  return new CloseError(
    {
      problem: `${nameOf(request)} was not sent: the call's time was used up, or it was cancelled.`,
      remedy: "Call again in a moment.",
      isOutOfTime: true,
    },
    { isPassing: true },
  );
}

/** The error for a request that got no answer, or one past the size limit. */
export function unreachable(request: RequestLine, error: ExchangeError, host: string): CloseError {
  const happened = {
    network: `failed: ${error.message} (${error.code})`,
    timeout: `got no answer in time (${error.code})`,
    "too large": "was answered with a body past 5 MB, which was not read",
    stopped: "was stopped: the call's time was used up or it was cancelled",
  }[error.kind];
  const loss = request.method === "PUT" && error.mayHaveArrived ? "open" : undefined;
  return new CloseError(
    {
      problem: `${nameOf(request)} to ${host} ${happened}.`,
      remedy: `${loss === undefined ? "Call again in a moment." : findOut} ${ifThisKeepsHappening}`,
      isOutOfTime: error.kind === "stopped" && loss === undefined,
    },
    { cause: error, loss, isPassing: error.kind !== "too large" },
  );
}

/** Without its query, which no caller has written. */
function nameOf({ method, path }: RequestLine): string {
  return `${method} ${beginning(withoutQuery(path), 200)}`;
}

function answered(request: RequestLine, { status }: Answer): string {
  const reason = STATUS_CODES[status];
  return `Close answered ${nameOf(request)} with ${status}${reason === undefined ? "" : ` ${reason}`}.`;
}

/** As it is if it looks like an id, otherwise in quotes: a header may hold anything. */
function traceIdOf({ headers }: Answer): string | undefined {
  const id = headers["trace-id"];
  return id === undefined || /^[\w.:-]{1,200}$/.test(id) ? id : quote(id, 200);
}

type Explanation = { meaning: string; remedy: string };

const notTheApi: Explanation = {
  meaning: " The server at this URL is probably not Close's API.",
  remedy: `This cannot be done there: check CLOSE_BASE_URL and any proxy. ${again}`,
};

function explainStatus(request: RequestLine, answer: Answer, namesFields: boolean): Explanation {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const target = answer.headers.location;
    return {
      meaning: ` That is a redirect${target === undefined ? "" : ` to ${quoted(withoutQuery(target))}`}, which is not followed.`,
      remedy: `Check CLOSE_BASE_URL: it must be the API itself. ${again}`,
    };
  }
  if (status >= 500) {
    return {
      meaning: " Close, or a proxy in front of it, failed.",
      remedy: `Call again in a moment. ${ifThisKeepsHappening}`,
    };
  }
  switch (status) {
    case 400:
      return {
        meaning: " Close rejected the request.",
        remedy: namesFields
          ? `Correct what is named above. ${again}`
          : `Correct the argument at fault; if none is, this cannot be done here. ${again}`,
      };
    case 402:
      return {
        meaning: " The organization's plan does not include this.",
        remedy: `This cannot be done here: someone who manages the Close subscription has to change the plan. ${again}`,
      };
    case 403:
      return {
        meaning: " The key's user is not allowed to do this.",
        remedy: `This cannot be done with this key; an administrator of the organization can allow it. ${again}`,
      };
    case 404:
      if (!isOfOneOpportunity(request)) return notTheApi;
      return {
        meaning: " There is no such opportunity, or this key cannot see it.",
        remedy: `Check the id: it may be mistyped, deleted, or of another organization. ${again}`,
      };
    case 405:
    case 415:
      return notTheApi;
    case 429: {
      const seconds = secondsUntilReset(answer);
      return {
        meaning: " The rate limit is used up.",
        remedy: `Call again ${seconds === undefined ? "in a minute" : inSeconds(seconds)}.`,
      };
    }
    default:
      if (isRefusal(status)) return { meaning: " It refused the request.", remedy: again };
      return {
        meaning: " Close, or a proxy in front of it, gave up on the request.",
        remedy: `Call again in a moment. ${ifThisKeepsHappening}`,
      };
  }
}

function inSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole === 1 ? "in a second" : `in ${whole} seconds`;
}

/** Close's names of what an update's arguments have other names for (recorded traffic). */
const updateNames: ReadonlyMap<string, string> = new Map([
  ["status", "status_id"],
  ["lead", "lead_id"],
  ["user", "user_id"],
  ["contact", "contact_id"],
]);

/** Close's names of what a search's arguments have other names for. */
const searchNames: ReadonlyMap<string, string> = new Map([
  ["lead", "lead_id"],
  ["status_id", "status"],
  ["status_id__in", "status"],
  ["user_id", "user"],
  ["date_won__gte", "date_won_from"],
  ["date_won__lte", "date_won_to"],
  ["_order_by", "order_by"],
  ["_limit", "limit"],
  ["_skip", "skip"],
]);

/** A field in the caller's terms, and what Close says of it. */
type FieldError = readonly [field: string, message: string];

/** How many of Close's messages are repeated. */
const maxRepeatedMessages = 50;

/** The first messages of the fields in a 400, one more than are repeated, nested ones by their path: `contacts.0.emails`. */
function fieldErrors({ method }: RequestLine, { json }: Answer): FieldError[] {
  const callersNames = method === "PUT" ? updateNames : searchNames;
  const found: FieldError[] = [];
  collect(json?.["field-errors"], "");
  return found;

  /** Stops at the limit, and joins no path that it does not need: the answer may be large. */
  function collect(value: unknown, path: string): void {
    if (value === undefined || found.length > maxRepeatedMessages) return;
    if (Array.isArray(value)) {
      for (const each of value) collect(each, path);
    } else if (isObject(value)) {
      for (const [key, each] of Object.entries(value)) {
        const isEnvelope = key === "field-errors" || key === "errors";
        const name = path === "" ? (callersNames.get(key) ?? key) : `${path}.${key}`;
        collect(each, isEnvelope ? path : name);
      }
    } else {
      found.push([beginning(path, 200), asText(value)]);
    }
  }
}

/** All that Close says in an answer, as lines: each field's message, then those about the whole request. */
function closesWords(fields: readonly FieldError[], { json, body }: Answer): string[] {
  const first = (value: unknown) =>
    Array.isArray(value) ? value.slice(0, maxRepeatedMessages + 1) : [value];
  const ofRequest = [json?.error, json?.message, json?.errors]
    .flatMap(first)
    .filter((text) => text !== undefined);
  const lines = [
    ...fields.map(([field, text]) => `${field}: Close says ${quoted(text)}`),
    ...ofRequest.map((text) => `Close says ${quoted(asText(text))}`),
  ];
  if (lines.length === 0 && body.trim() !== "") return [`Close says ${quoted(body)}`];
  return lines.length > maxRepeatedMessages
    ? [...lines.slice(0, maxRepeatedMessages), "and more messages"]
    : lines;
}

/** In quotes and on one line, whatever it holds: these are another's words. */
function quoted(text: string): string {
  return quote(text, 300);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
