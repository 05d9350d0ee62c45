import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { createClient } from "./api.ts";
import { createDirectory } from "./directory.ts";
import { createTransport } from "./http/transport.ts";

/** What the tools reach Close by. */
export type Connection = ReturnType<typeof connect>;

/** The way to Close, as configured. */
export function connect({ credentials, baseUrl, proxies }: Config, log: Log) {
  const transport = createTransport(baseUrl, { proxies });
  const close = createClient({ transport, baseUrl, credentials, log });
  return { close, directory: createDirectory(close, log) };
}
