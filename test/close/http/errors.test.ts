import { describe, expect, test } from "vitest";
import {
  type CloseError,
  outOfTime,
  rateLimited,
  refused,
  unauthorized,
  unreachable,
  unusable,
} from "../../../src/close/http/errors.ts";
import { ExchangeError } from "../../../src/close/http/transport.ts";
import { answerOf } from "../../support/answers.ts";

const read = { method: "GET", path: "/user/" } as const;

const statuses = [
  ...[301, 302, 400, 402, 403, 404, 405, 409, 415, 422],
  ...[408, 429, 460, 499, 500, 502, 503, 504, 520, 599],
];

describe("a failure says that it passes exactly if it advises to call again", () => {
  const lost = (code: string, signal = new AbortController().signal) =>
    unreachable(
      read,
      new ExchangeError(Object.assign(new Error("lost"), { code }), signal, { mayHaveArrived: true }),
      "close.example",
    );

  test.each<[string, CloseError]>([
    ...statuses.map((status): [string, CloseError] => [`${status}`, refused(read, answerOf(status))]),
    ["401 of a bad key", unauthorized(read, answerOf(401), "refused")],
    ["401 of a missing permission", unauthorized(read, answerOf(401), { id: "user_a" })],
    ["401, and why is not known", unauthorized(read, answerOf(401), "unknown")],
    ["an empty body", unusable(read, answerOf(200), "a page of a list")],
    ["a rate limit that is used up", rateLimited(read, 20)],
    ["a call whose time is used up", outOfTime(read)],
    ["a connection that broke", lost("ECONNRESET")],
    ["a host that is not found", lost("ENOTFOUND")],
    ["no answer in time", lost("UND_ERR_HEADERS_TIMEOUT")],
    ["a call that was stopped", lost("ABORT_ERR", AbortSignal.abort())],
  ])("%s", (_name, { isPassing, report }) => {
    expect(isPassing).toBe(/^Call again/.test(report.remedy));
  });

  test("but for one whose answer will be as large the next time", () => {
    expect(lost("UND_ERR_RES_EXCEEDED_MAX_SIZE")).toMatchObject({ isPassing: false });
  });
});
