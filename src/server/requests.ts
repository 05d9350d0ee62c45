import { isObject, type JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { errorCode, type ProtocolProblem } from "./messages.ts";

/** The params of a request as the SDK accepts them. */
type Params = { [key: string]: unknown; _meta: { progressToken?: string | number } };

/** The params of a request, or why it is not answered. */
export type CheckedRequest = { params: Params } | { error: ProtocolProblem };

/**
 * What a host may ask for, and the params that each request is answered by; a text if they are mistaken. What this
 * server does not use (a client's capabilities, cursors, tasks) is left out, so that no form of it does harm.
 */
const requests = new Map<string, (params: JsonObject) => JsonObject | string>([
  [
    "initialize",
    ({ protocolVersion }) => ({
      // Without a version of its own the client is offered the latest.
      protocolVersion: typeof protocolVersion === "string" ? protocolVersion : "",
      capabilities: {},
      clientInfo: { name: "", version: "" },
    }),
  ],
  ["ping", () => ({})],
  ["tools/list", () => ({})],
  [
    "tools/call",
    ({ name, arguments: given }) => {
      if (typeof name !== "string") return "name must be the name of a tool";
      const args = given ?? {};
      return isObject(args) ? { name, arguments: args } : "arguments must be an object";
    },
  ],
]);

/** Checks a request before the SDK sees it, which would answer a mistake with a dump of its own or not at all. */
export function checkRequest(method: string, params: JsonObject): CheckedRequest {
  const read = requests.get(method);
  if (read === undefined) {
    return { error: { code: errorCode.methodNotFound, message: `Method not found: ${quote(method)}` } };
  }
  const known = read(params);
  if (typeof known === "string") {
    return { error: { code: errorCode.invalidParams, message: `Invalid params of ${method}: ${known}` } };
  }
  const { progressToken } = isObject(params._meta) ? params._meta : {};
  // A token of any other type cannot be sent back: the request is answered without progress.
  return { params: { ...known, _meta: isProgressToken(progressToken) ? { progressToken } : {} } };
}

function isProgressToken(token: unknown): token is string | number {
  return typeof token === "string" || Number.isSafeInteger(token);
}
