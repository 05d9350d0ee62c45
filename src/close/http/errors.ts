import { Failure, type FailureReport } from "../../base/failure.ts";
import { quote, truncate } from "../../base/text.ts";
import { type Me, userName } from "../../organization/lists.ts";
import { closesWords, quoted } from "./close-messages.ts";
import { isClosesOwn, isRefusal, isWebPage, type Loss, lossOf, reasonPhrase } from "./loss.ts";
import { secondsUntilReset } from "./rate-limit-headers.ts";
import type { Answer, CloseRequest, ExchangeError } from "./transport.ts";

/**
 * A request to Close that did not lead to a usable answer. A lost answer to an update leaves the opportunity in doubt: what
 * to do about that is for whoever has read it back to say.
 */
export class CloseError extends Failure {
  override name = "CloseError";
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Undefined if the opportunity is certainly unchanged. */
  readonly loss: Loss | undefined;

  constructor(report: Omit<FailureReport, "record">, facts: Partial<Omit<CloseError, "report">> = {}) {
    const { status, loss, cause } = facts;
    super({ ...report, record: loss === undefined ? "unchanged" : "in doubt" }, { cause });
    this.status = status;
    this.loss = loss;
  }
}

const again = "The same call will fail again.";
const inAMoment = "Call again in a moment.";
/** What to do about what should have passed. */
export const ifThisKeepsHappening = "If this keeps happening, check the network, CLOSE_BASE_URL and any proxy.";

/** Whose key a 401 was sent for, as far as `GET /me/` shows: not at all if it is refused too, or has no usable answer. */
export type KeyHolder = Me | "refused" | "unknown";

/**
 * The error for an answer whose status is not a success, or that is a web page.
 * @param holder of the key, for a 401: it is sent for a bad key and for a missing permission.
 */
export function refused(request: CloseRequest, answer: Answer, holder?: KeyHolder): CloseError {
  const { status } = answer;
  const { meaning, remedy, blocker } = explain(request, answer, holder);
  const loss = lossOf(request, answer);
  return new CloseError(
    {
      problem: `${answered(request, answer)} ${meaning}`,
      details: closesWords(request, answer),
      remedy,
      canBeSentAgain: status === 429,
      blocker,
      traceId: traceIdOf(answer),
    },
    { status, loss },
  );
}

/** The error for a success that is not `wanted` (with its article): an empty body, a list, another record. */
export function unusable(request: CloseRequest, answer: Answer, wanted: string): CloseError {
  const { status, body } = answer;
  const report = {
    problem: `${answered(request, answer)} It came with a body that is not ${wanted}: ${quoted(body)}.`,
    remedy: `Call again. ${ifThisKeepsHappening}`,
    traceId: traceIdOf(answer),
  };
  return new CloseError(report, { status, loss: request.method === "PUT" ? "open" : undefined });
}

/** The error for a request that the rate limit would hold up for longer than the call may take. */
export function rateLimited(request: CloseRequest, seconds: number): CloseError {
  return notSent(request, "Close's rate limit is used up", `Call again ${inSeconds(seconds)}.`);
}

function notSent(request: CloseRequest, why: string, remedy: string): CloseError {
  return new CloseError({ problem: `${nameOf(request)} was not sent: ${why}.`, remedy, canBeSentAgain: true });
}

/** The error for a request whose call ended before it was sent: its time was used up, or it was cancelled. */
export function outOfTime(request: CloseRequest): CloseError {
  return notSent(request, "the call's time was used up, or it was cancelled", inAMoment);
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
  const lasting = error.remedy && `${error.remedy} Until then every call will fail again.`;
  const report = {
    problem: `${nameOf(request)} to ${host} ${happened}.`,
    remedy: lasting ?? `${inAMoment} ${ifThisKeepsHappening}`,
    canBeSentAgain: error.kind === "stopped" && loss === undefined,
    blocker: lasting && "Close cannot be reached",
  };
  return new CloseError(report, { cause: error, loss });
}

type Explanation = Pick<FailureReport, "remedy" | "blocker"> & { meaning: string };

const notTheApi: Explanation = {
  meaning: "This is not Close's API.",
  remedy: `Check CLOSE_BASE_URL, which ends in /api/v1, any proxy, and whether the network wants a login first. ${again}`,
};

const noOpportunity: Explanation = {
  meaning: "There is no such opportunity, or this key cannot see it.",
  remedy: `Check the id: it may be mistyped, deleted, or of another organization. ${again}`,
};

const noOpportunityOrNoApi: Explanation = {
  meaning: "There is no such opportunity, this key cannot see it, or this is not Close's API.",
  remedy: `Check the id. ${notTheApi.remedy}`,
};

const checkKey =
  "Check CLOSE_API_KEY or CLOSE_ACCESS_TOKEN; keys are made in Close under Settings > Developer > API Keys.";
const askForPermission = "Ask an administrator of the organization for the permission to view and edit opportunities.";

const badKey: Explanation = {
  meaning: "It is a bad key: GET /me/ was refused too, so this is not a missing permission.",
  remedy: `${checkKey} ${again}`,
  blocker: "Close refused the key",
};

const badKeyOrNoPermission: Explanation = {
  meaning: "This means a bad key or a missing permission; GET /me/ had no answer that shows which.",
  remedy: `${checkKey} ${askForPermission} ${again}`,
};

const noPermission = (holder: Me): Explanation => ({
  meaning: `The key is valid (it belongs to ${quote(userName(holder))}) but lacks a permission.`,
  remedy: `${askForPermission} ${again}`,
});

const statuses: Readonly<Record<number, Explanation>> = {
  400: {
    meaning: "Close rejected the request.",
    remedy: `Correct the argument that Close names; if it names none, this may not be possible here. ${again}`,
  },
  403: {
    meaning: "The key's user is not allowed to do this.",
    remedy: `This cannot be done with this key; an administrator of the organization can allow it. ${again}`,
  },
};

function explain(request: CloseRequest, answer: Answer, holder: KeyHolder | undefined): Explanation {
  const { status, headers, body } = answer;
  if (holder === "refused") return badKey;
  if (holder !== undefined) return holder === "unknown" ? badKeyOrNoPermission : noPermission(holder);
  if (status === 429) {
    const remedy = `Call again ${inSeconds(secondsUntilReset(answer) ?? 60)}.`;
    return { meaning: "The rate limit is used up.", remedy };
  }
  if (status >= 300 && status < 400) {
    const target = headers.location === undefined ? "" : ` to ${quoted(withoutQuery(headers.location))}`;
    return { ...notTheApi, meaning: `That is a redirect${target}, which is not followed. ${notTheApi.meaning}` };
  }
  if ((status < 300 || isRefusal(status)) && isWebPage(answer)) return notTheApi;
  if (status === 404) {
    if (!isClosesOwn(answer) || !request.path.startsWith("/opportunity/oppo_")) return notTheApi;
    // Close names the record that does not exist (its documented answers); a path that does not exist has no such words.
    return /does not exist/i.test(body) ? noOpportunity : noOpportunityOrNoApi;
  }
  if (isRefusal(status)) return statuses[status] ?? { meaning: "The request was refused.", remedy: again };
  return {
    meaning: `Close, or a proxy in front of it, ${status >= 500 ? "failed" : "gave up on the request"}.`,
    remedy: `${inAMoment} ${ifThisKeepsHappening}`,
  };
}

function answered(request: CloseRequest, answer: Answer): string {
  const status = `${answer.status} ${reasonPhrase(answer.status) ?? ""}`.trim();
  return `${isWebPage(answer) ? "The server" : "Close"} answered ${nameOf(request)} with ${status}.`;
}

/** Without its query, which no caller has written. */
function nameOf({ method, path }: CloseRequest): string {
  return `${method} ${truncate(withoutQuery(path), 200)}`;
}

/** As it is if it looks like an id, otherwise in quotes: a header may hold anything. */
function traceIdOf({ headers }: Answer): string | undefined {
  const id = headers["trace-id"];
  return id === undefined || /^[\w.:-]{1,200}$/.test(id) ? id : quote(id, 200);
}

function inSeconds(seconds: number): string {
  return seconds <= 1 ? "in a second" : `in ${Math.ceil(seconds)} seconds`;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
