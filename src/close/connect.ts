import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { type CloseClient, createClient } from "./api.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { createTransport } from "./http/transport.ts";

/** What the tools reach Close by. */
export type Connection = {
  close: CloseClient;
  directory: Directory;
};

/** The way to Close, as configured. */
export function connect({ credentials, baseUrl, proxies }: Config, log: Log): Connection {
  const transport = createTransport(baseUrl, { proxies });
  const close = createClient({ transport, baseUrl, credentials, log });
  return { close, directory: createDirectory(close, log) };
}
