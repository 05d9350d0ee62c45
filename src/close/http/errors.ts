import { STATUS_CODES } from "node:http";
import { Failure, type FailureReport } from "../../base/failure.ts";
import { beginning, quote } from "../../base/text.ts";
import { type Me, userName } from "../../organization/lists.ts";
import { closesWords, fieldErrors, quoted } from "./close-messages.ts";
import { secondsUntilReset } from "./rate-limit-headers.ts";
import type { Answer, CloseRequest, ExchangeError } from "./transport.ts";

/**
 * How the answer to an update was lost. Failed: Close itself reported an error, or a proxy a rate limit, so the request is
 * no longer at work. Refused: a proxy in front of Close refused it, and may have passed it on before. Open: there was no
 * answer, or one that does not show what Close did, so the request may still arrive.
 */
export type Loss = "failed" | "refused" | "open";

/** What is known of a request besides the report of its failure. */
type Facts = {
  /** The HTTP status, if there was an answer. */
  status?: number | undefined;
  /** Undefined if the opportunity is certainly unchanged. */
  loss?: Loss | undefined;
  /** The caller's names of the fields that Close's 400 named. */
  refusedFields?: readonly string[];
  /** Whether the same request may succeed in a moment, as its remedy says. */
  isPassing?: boolean;
  cause?: unknown;
};

/** A request to Close that did not lead to a usable answer. A lost answer to an update leaves the opportunity in doubt. */
export class CloseError extends Failure {
  override name = "CloseError";
  readonly status: number | undefined;
  readonly loss: Loss | undefined;
  readonly refusedFields: readonly string[];
  readonly isPassing: boolean;

  constructor(report: Omit<FailureReport, "record">, facts: Facts = {}) {
    super({ ...report, record: facts.loss === undefined ? "unchanged" : "in doubt" }, { cause: facts.cause });
    this.status = facts.status;
    this.loss = facts.loss;
    this.refusedFields = facts.refusedFields ?? [];
    this.isPassing = facts.isPassing ?? false;
  }
}

const again = "The same call will fail again.";
const inAMoment = "Call again in a moment.";
const ifThisKeepsHappening = "If this keeps happening, check the network, CLOSE_BASE_URL and any proxy.";

/** What to do about an update that may have been applied: a dry run lists what is still missing. */
export const findOut =
  "To find out, call again with the same arguments, without expected_date_updated and with dry_run: true: changes lists what is still missing, and is empty if the update went through.";

/** The error for an answer whose status is not a success. 401 has its own, `unauthorized`. */
export function refused(request: CloseRequest, answer: Answer): CloseError {
  const { status } = answer;
  const { meaning, remedy } = explain(request, answer);
  const loss = lossOf(request, answer);
  return answerError(request, answer, meaning, {
    remedy: loss === "open" || loss === "failed" ? `${findOut} ${ifThisKeepsHappening}` : remedy,
    isOutOfTime: status === 429,
    facts: { loss, isPassing: status === 429 || (status >= 400 && !isRefusal(status)) },
  });
}

/** The user whose key it is, as far as `GET /me/` shows: not at all if it is refused too, or has no usable answer. */
export type KeyHolder = Me | "refused" | "unknown";

/** The error for a 401, which Close sends for a bad key and for a missing permission alike. */
export function unauthorized(request: CloseRequest, answer: Answer, holder: KeyHolder): CloseError {
  const { meaning, remedy } = explainUnauthorized(request, holder);
  return answerError(request, answer, meaning, {
    remedy: `${remedy} ${again}`,
    isKeyRefused: holder === "refused",
    facts: { loss: lossOf(request, answer) },
  });
}

/**
 * The error for a success that is not what was asked for: an empty body, HTML, a list, another record.
 *
 * @param wanted what it should have been, with its article.
 */
export function unusable(request: CloseRequest, answer: Answer, wanted: string): CloseError {
  const type = beginning(answer.headers["content-type"] ?? "no content type", 100);
  const isEmpty = answer.body.trim() === "";
  const body = isEmpty ? "an empty body" : `a body that is not ${wanted} (${type}): ${quoted(answer.body)}`;
  const loss = request.method === "PUT" ? "open" : undefined;
  return new CloseError(
    {
      problem: `${answered(request, answer)} It came with ${body}.`,
      remedy: `${loss === undefined ? "Call again." : findOut} ${ifThisKeepsHappening}`,
      traceId: traceIdOf(answer),
    },
    { status: answer.status, loss, isPassing: true },
  );
}

/** The error for a request that the rate limit would hold up for longer than the call may take. */
export function rateLimited(request: CloseRequest, seconds: number): CloseError {
  return notSent(request, "Close's rate limit is used up", `Call again ${inSeconds(seconds)}.`);
}

/** The error for a request whose call ended before it was sent: its time was used up, or it was cancelled. */
export function outOfTime(request: CloseRequest): CloseError {
  return notSent(request, "the call's time was used up, or it was cancelled", inAMoment);
}

function notSent(request: CloseRequest, why: string, remedy: string): CloseError {
  const problem = `${nameOf(request)} was not sent: ${why}.`;
  return new CloseError({ problem, remedy, isOutOfTime: true }, { isPassing: true });
}

/** The error for a request that got no answer, or one past the size limit. */
export function unreachable(request: CloseRequest, error: ExchangeError, host: string): CloseError {
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
      remedy: `${loss === undefined ? inAMoment : findOut} ${ifThisKeepsHappening}`,
      isOutOfTime: error.kind === "stopped" && loss === undefined,
    },
    { cause: error, loss, isPassing: error.kind !== "too large" },
  );
}

function answerError(
  request: CloseRequest,
  answer: Answer,
  meaning: string,
  { facts, ...report }: Pick<FailureReport, "remedy" | "isOutOfTime" | "isKeyRefused"> & { facts: Facts },
): CloseError {
  const fields = fieldErrors(request, answer);
  return new CloseError(
    {
      ...report,
      problem: `${answered(request, answer)} ${meaning}`,
      details: closesWords(fields, answer),
      traceId: traceIdOf(answer),
    },
    { ...facts, status: answer.status, refusedFields: fields.map(([field]) => field) },
  );
}

/** What an answer that is not a success leaves open of an update. */
function lossOf({ method }: CloseRequest, answer: Answer): Loss | undefined {
  if (method !== "PUT") return undefined;
  const { status } = answer;
  if (isClosesOwn(answer) && isRefusal(status)) return undefined;
  if (status === 429) return "failed";
  if (isRefusal(status)) return "refused";
  return isClosesOwn(answer) && (status === 500 || status === 503) ? "failed" : "open";
}

/**
 * Whether the answer is in Close's form: JSON with an error, but a 429 of any form but HTML is waited out. A proxy's
 * answer does not show what Close did, and neither does plain text, though Close sends a 403 so (recorded traffic).
 */
function isClosesOwn({ status, body, json }: Answer): boolean {
  if (status === 429) return !/^\s*</.test(body);
  return json !== undefined && ["error", "errors", "field-errors"].some((key) => key in json);
}

/**
 * Whether the status refuses the request, so that sending it again changes nothing. The others leave open what became of
 * it: a server failed or gave up waiting, a proxy sent elsewhere, or HTTP does not define the status (460, 499).
 */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status in STATUS_CODES;
}

type Explanation = { meaning: string; remedy: string };

const notTheApi: Explanation = {
  meaning: "The server at this URL is probably not Close's API.",
  remedy: `This cannot be done there: check CLOSE_BASE_URL and any proxy. ${again}`,
};

const explanations: Readonly<Record<number, Explanation>> = {
  400: {
    meaning: "Close rejected the request.",
    remedy: `Correct the argument at fault; if none is, this cannot be done here. ${again}`,
  },
  402: {
    meaning: "The organization's plan does not include this.",
    remedy: `This cannot be done here: someone who manages the Close subscription has to change the plan. ${again}`,
  },
  403: {
    meaning: "The key's user is not allowed to do this.",
    remedy: `This cannot be done with this key; an administrator of the organization can allow it. ${again}`,
  },
  404: {
    meaning: "There is no such opportunity, or this key cannot see it.",
    remedy: `Check the id: it may be mistyped, deleted, or of another organization. ${again}`,
  },
  405: notTheApi,
  415: notTheApi,
  429: { meaning: "The rate limit is used up.", remedy: "Call again in a minute." },
};

function explain(request: CloseRequest, answer: Answer): Explanation {
  const { status, headers } = answer;
  const known = explanations[status];
  if (status === 404 && !request.path.startsWith("/opportunity/oppo_")) return notTheApi;
  if (status === 400 && known && fieldErrors(request, answer).length > 0) {
    return { ...known, remedy: `Correct what is named above. ${again}` };
  }
  const seconds = status === 429 ? secondsUntilReset(answer) : undefined;
  if (known && seconds !== undefined) return { ...known, remedy: `Call again ${inSeconds(seconds)}.` };
  if (known) return known;
  if (status >= 300 && status < 400) {
    const target = headers.location === undefined ? "" : ` to ${quoted(withoutQuery(headers.location))}`;
    return {
      meaning: `That is a redirect${target}, which is not followed.`,
      remedy: `Check CLOSE_BASE_URL: it must be the API itself. ${again}`,
    };
  }
  if (isRefusal(status)) return { meaning: "The request was refused.", remedy: again };
  return {
    meaning: `Close, or a proxy in front of it, ${status >= 500 ? "failed" : "gave up on the request"}.`,
    remedy: `${inAMoment} ${ifThisKeepsHappening}`,
  };
}

function explainUnauthorized(request: CloseRequest, holder: KeyHolder): Explanation {
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
function missingPermission({ method, path }: CloseRequest, { memberships }: Me): string | undefined {
  const granted = memberships?.flatMap(({ permissions_granted }) => permissions_granted ?? []) ?? [];
  const needed = method === "PUT" ? "manage_others_opportunities" : "view_all_leads";
  const isKnown = granted.length > 0 && path.startsWith("/opportunity/");
  return isKnown && !granted.includes(needed) ? needed : undefined;
}

function answered(request: CloseRequest, { status }: Answer): string {
  const reason = STATUS_CODES[status];
  return `Close answered ${nameOf(request)} with ${status}${reason === undefined ? "" : ` ${reason}`}.`;
}

/** Without its query, which no caller has written. */
function nameOf({ method, path }: CloseRequest): string {
  return `${method} ${beginning(withoutQuery(path), 200)}`;
}

/** As it is if it looks like an id, otherwise in quotes: a header may hold anything. */
function traceIdOf({ headers }: Answer): string | undefined {
  const id = headers["trace-id"];
  return id === undefined || /^[\w.:-]{1,200}$/.test(id) ? id : quote(id, 200);
}

function inSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole === 1 ? "in a second" : `in ${whole} seconds`;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
