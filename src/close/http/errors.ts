import { STATUS_CODES } from "node:http";
import { Failure, type FailureReport } from "../../base/failure.ts";
import { isObject, parseObject } from "../../base/json.ts";
import { asText, quote } from "../../base/text.ts";
import { secondsUntilReset } from "./rate-limiter.ts";
import type { ExchangeError, HttpAnswer, Method } from "./transport.ts";

/** The request that a failure is about. `path` is below the base URL. */
export type RequestLine = { method: Method; path: string };

/** A request to Close that did not lead to a usable answer. */
export class CloseError extends Failure {
  override name = "CloseError";
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** Whether the answer is in Close's own form: a gateway's in between says nothing of what Close did. */
  readonly isClosesOwn: boolean;
  /** Whether Close may have carried the request out all the same: a PUT's record is then in doubt. */
  readonly mayHaveBeenApplied: boolean;
  /** The caller's names of the fields that Close's 400 named. */
  readonly refusedFields: readonly string[];

  constructor(
    report: Omit<FailureReport, "record">,
    facts: {
      status?: number | undefined;
      isClosesOwn?: boolean;
      mayHaveBeenApplied?: boolean;
      refusedFields?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    const mayHaveBeenApplied = facts.mayHaveBeenApplied ?? false;
    super({ ...report, record: mayHaveBeenApplied ? "in doubt" : "unchanged" }, { cause: facts.cause });
    this.mayHaveBeenApplied = mayHaveBeenApplied;
    this.status = facts.status;
    this.isClosesOwn = facts.isClosesOwn ?? false;
    this.refusedFields = facts.refusedFields ?? [];
  }
}

const again = "Calling again unchanged will fail in the same way.";

/** How an agent finds out whether a write in doubt took effect: a dry run lists what is still missing. */
const findOut =
  "To find out, call again with the same arguments and dry_run: true: changes lists what is still missing, and is empty where the update went through.";

/** The error for an answer whose status is not a success. 401 has its own, `unauthorized`. */
export function refused(request: RequestLine, answer: HttpAnswer): CloseError {
  const { status } = answer;
  const json = parseObject(answer.body);
  const fields = fieldErrors(json?.["field-errors"]);
  const explanation = explain(request, answer);
  const mayHaveBeenApplied = request.method === "PUT" && status >= 500;
  return new CloseError(
    {
      problem: `${answered(request, answer)}${explanation.meaning}`,
      details: closesWords(answer),
      remedy: mayHaveBeenApplied ? findOut : explanation.remedy,
      traceId: answer.headers["trace-id"],
    },
    {
      status,
      mayHaveBeenApplied,
      isClosesOwn: json !== undefined && ("error" in json || "errors" in json || "field-errors" in json),
      refusedFields: fields.map(([field]) => field),
    },
  );
}

/**
 * The error for a 401, which Close sends for a bad key and for a missing permission alike.
 *
 * @param user what `GET /me/` told: the key's user, "refused", or "unknown" where it gave no answer.
 */
export function unauthorized(
  request: RequestLine,
  answer: HttpAnswer,
  user: { name: string } | "refused" | "unknown",
): CloseError {
  const credentials =
    "Check CLOSE_API_KEY or CLOSE_ACCESS_TOKEN; keys are made in Close under Settings > Developer > API Keys.";
  const permission =
    "Ask an administrator of the organization for the permission to view and edit opportunities.";
  const [meaning, remedy] =
    user === "refused"
      ? ["Of a bad key and a missing permission it is the bad key: GET /me/ is refused as well.", credentials]
      : user === "unknown"
        ? [
            "This means a bad key or a missing permission; GET /me/ gave no answer that tells which.",
            `${credentials} ${permission}`,
          ]
        : [
            `Of a bad key and a missing permission it is the permission: the key works, as that of ${user.name}.`,
            permission,
          ];
  return new CloseError(
    {
      problem: `${answered(request, answer)} ${meaning}`,
      details: closesWords(answer),
      remedy: `${remedy} ${again}`,
      traceId: answer.headers["trace-id"],
    },
    { status: answer.status },
  );
}

/** The error for a success that cannot be understood: an empty body, HTML, JSON that is not an object. */
export function unreadable(request: RequestLine, answer: HttpAnswer): CloseError {
  const type = answer.headers["content-type"] ?? "no content type";
  const what =
    answer.body.trim() === ""
      ? "an empty body"
      : `a body that is not a JSON object (${type}): ${quoted(answer.body)}`;
  const mayHaveBeenApplied = request.method === "PUT";
  const remedy = "Call again; if this stays, check CLOSE_BASE_URL and any proxy in between.";
  return new CloseError(
    {
      problem: `${answered(request, answer)} It came with ${what}.`,
      remedy: mayHaveBeenApplied ? findOut : remedy,
      traceId: answer.headers["trace-id"],
    },
    { status: answer.status, mayHaveBeenApplied },
  );
}

/** The error for a request that the rate limit would hold up for longer than the call may take. */
export function rateLimited(request: RequestLine, seconds: number): CloseError {
  return new CloseError({
    problem: `${request.method} ${request.path} was not sent: Close's rate limit is used up.`,
    remedy: `Call again in ${Math.ceil(seconds)} seconds.`,
  });
}

/** The error for a request whose call ended before it was sent: its time was used up, or it was cancelled. */
export function outOfTime(request: RequestLine): CloseError {
  return new CloseError({
    problem: `${request.method} ${request.path} was not sent: the call's time was used up, or it was cancelled.`,
    remedy: "Call again in a moment.",
  });
}

/** The error for a request that got no answer, or one past the size limit. */
export function unreachable(request: RequestLine, error: ExchangeError, host: string): CloseError {
  const happened = {
    network: `failed: ${error.message} (${error.code})`,
    timeout: `got no answer in time (${error.code})`,
    "too large": "was answered with a body past 5 MB, which was not read",
    stopped: "was stopped: the call's time was used up or it was cancelled",
  }[error.kind];
  const remedy =
    "Call again in a moment; if this stays, check the network, proxy settings and CLOSE_BASE_URL.";
  const mayHaveBeenApplied = request.method === "PUT" && error.mayHaveArrived;
  return new CloseError(
    {
      problem: `${request.method} ${request.path} to ${host} ${happened}.`,
      remedy: mayHaveBeenApplied ? findOut : remedy,
    },
    { cause: error, mayHaveBeenApplied },
  );
}

function answered({ method, path }: RequestLine, { status }: HttpAnswer): string {
  const reason = STATUS_CODES[status];
  return `Close answered ${method} ${path} with ${status}${reason === undefined ? "" : ` ${reason}`}.`;
}

const notTheApi = {
  meaning: " What answers there is probably not Close's API.",
  remedy: `Check CLOSE_BASE_URL and any proxy in between. ${again}`,
};

function explain({ path }: RequestLine, answer: HttpAnswer): { meaning: string; remedy: string } {
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const target = answer.headers.location;
    return {
      meaning: ` That is a redirect${target === undefined ? "" : ` to ${quoted(withoutQuery(target))}`}, which is not followed.`,
      remedy: `Check CLOSE_BASE_URL: it must be the API itself. ${again}`,
    };
  }
  if (status >= 500) {
    return { meaning: " Close, or a proxy in between, is in trouble.", remedy: "Call again in a moment." };
  }
  switch (status) {
    case 400:
      return { meaning: " It does not accept the request.", remedy: `Correct what is named above. ${again}` };
    case 402:
      return {
        meaning: " The organization's plan does not include this.",
        remedy: `Someone who manages the Close subscription has to change the plan. ${again}`,
      };
    case 403:
      return {
        meaning: " The key's user is not allowed to do this.",
        remedy: `An administrator of the organization can allow it. ${again}`,
      };
    case 404:
      if (!/^\/opportunity\/[^/?]+\//.test(path)) return notTheApi;
      return {
        meaning: " There is no such opportunity, at least not for this key.",
        remedy: `Check the id: it may be mistyped, deleted, or of another organization. ${again}`,
      };
    case 405:
    case 415:
      return notTheApi;
    case 429: {
      const seconds = secondsUntilReset(answer);
      return {
        meaning: " The rate limit is used up.",
        remedy: `Call again ${seconds === undefined ? "in a minute" : `in ${Math.max(1, Math.ceil(seconds))} seconds`}.`,
      };
    }
    default:
      return { meaning: " It refused the request.", remedy: again };
  }
}

/** Close's internal names of what callers know under another (recorded traffic). */
const callersNames: ReadonlyMap<string, string> = new Map([
  ["status", "status_id"],
  ["lead", "lead_id"],
  ["user", "user_id"],
  ["contact", "contact_id"],
]);

/** Every field's message in a 400, nested ones by their path: `contacts.0.emails`. */
function fieldErrors(errors: unknown, path: readonly string[] = []): [string, string][] {
  if (errors === undefined) return [];
  if (Array.isArray(errors)) return errors.flatMap((error) => fieldErrors(error, path));
  if (!isObject(errors)) return [[path.join("."), asText(errors)]];
  return Object.entries(errors).flatMap(([key, value]) => {
    if (key === "field-errors" || key === "errors") return fieldErrors(value, path);
    return fieldErrors(value, [...path, path.length === 0 ? (callersNames.get(key) ?? key) : key]);
  });
}

/** So many of Close's messages are repeated at most. */
const maxLines = 50;

/** All that Close says in an answer, as lines: each field's message, then those about the whole request. */
function closesWords({ body }: HttpAnswer): string[] {
  const json = parseObject(body) ?? {};
  const lines = [
    ...fieldErrors(json["field-errors"]).map(([field, text]) => `${field}: Close says ${quoted(text)}`),
    ...[json.error, json.message, json.errors]
      .flat()
      .filter((text) => text !== undefined)
      .map((text) => `Close says ${quoted(asText(text))}`),
  ];
  if (lines.length === 0 && body.trim() !== "") return [`Close says ${quoted(body)}`];
  const more = lines.length - maxLines;
  return more > 0 ? [...lines.slice(0, maxLines), `and ${more} messages more`] : lines;
}

/** In quotes and on one line, whatever it holds: these are another's words. */
function quoted(text: string): string {
  return quote(text, 300);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
