import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { type CloseClient, createClient } from "./http/client.ts";
import { createTransport } from "./http/transport.ts";

/** What the tools reach Close by. */
export type Connection = {
  close: CloseClient;
  directory: Directory;
  /** Loads what the first request would have to wait for. */
  warmUp(): Promise<void>;
};

/** The way to Close, as configured. */
export function connect({ credentials, baseUrl }: Config, log: Log): Connection {
  const transport = createTransport(baseUrl);
  const close = createClient({ transport, baseUrl, credentials, log });
  return { close, directory: createDirectory(close, log), warmUp: transport.warmUp };
}
