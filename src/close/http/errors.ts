import { STATUS_CODES } from "node:http";
import { Failure, type FailureReport } from "../../base/failure.ts";
import { beginning, quote } from "../../base/text.ts";
import type { Loss } from "../../opportunity/update/verdict.ts";
import { type Me, userName } from "../../organization/lists.ts";
import { type Answer, isClosesOwn } from "./answer.ts";
import { closesWords, fieldErrors, quoted } from "./close-messages.ts";
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
      problem: `${answered(request, answer)} ${meaning}`,
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
      isKeyRefused: holder === "refused",
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
    meaning: `${valid} but its user does not have the permission ${missing}, which is needed for what belongs to other users.`,
    remedy: `Unless the opportunity is this user's own, ask an administrator of the organization to grant the permission ${missing} to this user's role.`,
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
    "too large": "got an answer of more than 5 MB, which was not read",
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
  meaning: "The server at this URL is probably not Close's API.",
  remedy: `This cannot be done there: check CLOSE_BASE_URL and any proxy. ${again}`,
};

function explainStatus(request: RequestLine, answer: Answer, namesFields: boolean): Explanation {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const target = answer.headers.location;
    return {
      meaning: `That is a redirect${target === undefined ? "" : ` to ${quoted(withoutQuery(target))}`}, which is not followed.`,
      remedy: `Check CLOSE_BASE_URL: it must be the API itself. ${again}`,
    };
  }
  if (status >= 500) {
    return {
      meaning: "Close, or a proxy in front of it, failed.",
      remedy: `Call again in a moment. ${ifThisKeepsHappening}`,
    };
  }
  switch (status) {
    case 400:
      return {
        meaning: "Close rejected the request.",
        remedy: namesFields
          ? `Correct what is named above. ${again}`
          : `Correct the argument at fault; if none is, this cannot be done here. ${again}`,
      };
    case 402:
      return {
        meaning: "The organization's plan does not include this.",
        remedy: `This cannot be done here: someone who manages the Close subscription has to change the plan. ${again}`,
      };
    case 403:
      return {
        meaning: "The key's user is not allowed to do this.",
        remedy: `This cannot be done with this key; an administrator of the organization can allow it. ${again}`,
      };
    case 404:
      if (!isOfOneOpportunity(request)) return notTheApi;
      return {
        meaning: "There is no such opportunity, or this key cannot see it.",
        remedy: `Check the id: it may be mistyped, deleted, or of another organization. ${again}`,
      };
    case 405:
    case 415:
      return notTheApi;
    case 429: {
      const seconds = secondsUntilReset(answer);
      return {
        meaning: "The rate limit is used up.",
        remedy: `Call again ${seconds === undefined ? "in a minute" : inSeconds(seconds)}.`,
      };
    }
    default:
      if (isRefusal(status)) return { meaning: "The request was refused.", remedy: again };
      return {
        meaning: "Close, or a proxy in front of it, gave up on the request.",
        remedy: `Call again in a moment. ${ifThisKeepsHappening}`,
      };
  }
}

function inSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole === 1 ? "in a second" : `in ${whole} seconds`;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
