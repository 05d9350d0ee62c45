/**
 * The protocol's revision without a handshake (MCP specification 2026-07-28): every request carries its own version.
 * Requests and results are translated from and to the older form, which the SDK knows.
 */
import { isObject, type JsonObject } from "../base/json.ts";
import { name, version } from "../base/version.ts";
import {
  type Answer,
  type CheckedRequest,
  checkRequest,
  errorCode,
  type ProtocolProblem,
} from "./messages.ts";

const revision = "2026-07-28";
const metaKey = (key: string) => `io.modelcontextprotocol/${key}`;

/** How long a host may keep what does not change while this process runs. */
const keepable = { ttlMs: 300_000, cacheScope: "private" };

function metaOf(params: JsonObject): JsonObject {
  return isObject(params._meta) ? params._meta : {};
}

/** Whether a request is one of this revision, or of another that comes without a handshake. */
export function isNewer(method: string, params: JsonObject): boolean {
  return method === "server/discover" || (metaOf(params)[metaKey("protocolVersion")] ?? null) !== null;
}

/** Checks a request of this revision. */
export function checkNewer(method: string, params: JsonObject): CheckedRequest {
  const error = problemOf(method, params);
  if (error !== undefined) return { error };
  return method === "server/discover" ? { params: { _meta: {} } } : checkRequest(method, params);
}

function problemOf(method: string, params: JsonObject): ProtocolProblem | undefined {
  const meta = metaOf(params);
  const requested = meta[metaKey("protocolVersion")];
  const missing = (key: string, type: string) => ({
    code: errorCode.invalidParams,
    message: `Invalid params: _meta["${metaKey(key)}"] must be ${type}`,
  });
  if (typeof requested !== "string") return missing("protocolVersion", "a string");
  if (requested !== revision) {
    return {
      code: errorCode.unsupportedProtocolVersion,
      message: "Unsupported protocol version",
      data: { supported: [revision], requested },
    };
  }
  if (!isObject(meta[metaKey("clientCapabilities")])) return missing("clientCapabilities", "an object");
  if (method === "initialize" || method === "ping") {
    return { code: errorCode.methodNotFound, message: `${revision} has no ${method}` };
  }
  return undefined;
}

/** The result of `server/discover`. */
export function discovery(instructions: string): JsonObject {
  return { supportedVersions: [revision], capabilities: { tools: {} }, instructions, ...keepable };
}

/** An answer in the form of this revision. */
export function inNewerForm(method: string, answer: Answer): Answer {
  if ("error" in answer) return answer;
  const { result } = answer;
  const serverInfo = { name, version };
  return {
    result: {
      ...result,
      ...(method === "tools/list" && keepable),
      resultType: "complete",
      _meta: { ...metaOf(result), [metaKey("serverInfo")]: serverInfo },
    },
  };
}
