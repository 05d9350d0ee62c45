/**
 * The protocol's revision without a handshake (MCP specification 2026-07-28): every request carries its own version.
 * The SDK speaks the older revisions alone, so requests are checked and results translated here.
 */
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { isObject, type JsonObject } from "../base/json.ts";
import { name, version } from "../base/version.ts";

const revision = "2026-07-28";
const metaKey = (key: string) => `io.modelcontextprotocol/${key}`;

/** The code of revision 2026-07-28 for a revision that is not spoken. */
const unsupportedVersion = -32_022;

/** Whether it is a request of the newer revision. @throws McpError if it is of an unknown one, or lacks what it must say. */
export function isNewer(meta: JsonObject = {}): boolean {
  const requested = meta[metaKey("protocolVersion")];
  if (requested === undefined) return false;
  if (requested !== revision) {
    const data = { supported: [revision], requested };
    throw new McpError(unsupportedVersion, "Unsupported protocol version", data);
  }
  if (!isObject(meta[metaKey("clientCapabilities")])) throw missing("clientCapabilities");
  return true;
}

/** What a request with this `_meta` says of the program that sent it; the older revisions say that once, beforehand. */
export function clientInfo(meta: JsonObject = {}): unknown {
  return meta[metaKey("clientInfo")];
}

function missing(key: string): McpError {
  return new McpError(ErrorCode.InvalidParams, `Invalid params: _meta["${metaKey(key)}"] is missing`);
}

/** What a host may keep for five minutes: it does not change while this process runs. */
export const keepable = { ttlMs: 300_000, cacheScope: "private" } as const;

/** A result in the form of the newer revision. */
export function inNewerForm<R extends object>(result: R) {
  return { ...result, resultType: "complete", _meta: { [metaKey("serverInfo")]: { name, version } } };
}

/** The result of `server/discover`. @throws McpError as `isNewer` does: only the newer revision has this request. */
export function discovery(meta: JsonObject | undefined, instructions: string) {
  if (!isNewer(meta)) throw missing("protocolVersion");
  const capabilities = { tools: {} };
  return inNewerForm({ supportedVersions: [revision], capabilities, instructions, ...keepable });
}
