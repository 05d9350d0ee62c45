import { logLevels } from "../src/base/log.ts";
import { defaultBaseUrl } from "../src/config.ts";

/** The environment variables that the program reads, and those that undici reads for it. */
export type VariableName =
  | "CLOSE_API_KEY"
  | "CLOSE_ACCESS_TOKEN"
  | "CLOSE_BASE_URL"
  | "CLOSE_TIME_ZONE"
  | "CLOSE_READ_ONLY"
  | "CLOSE_AUDIT_LOG"
  | "CLOSE_LOG_LEVEL"
  | "HTTPS_PROXY"
  | "HTTP_PROXY"
  | "NO_PROXY";

/** What users read about an environment variable, in the terms of the MCP registry's server.json. */
export type Variable = {
  description: string;
  isSecret?: boolean;
  format?: "boolean" | "filepath";
  default?: string;
  choices?: readonly string[];
  /** An example. */
  placeholder?: string;
};

/** The environment variables that the program reads, in the order in which a user cares for them. */
export const variables: Readonly<Record<VariableName, Variable>> = {
  CLOSE_API_KEY: {
    description: "API key, made in Close under Settings > Developer > API Keys",
    isSecret: true,
    placeholder: "api_…",
  },
  CLOSE_ACCESS_TOKEN: {
    description: "OAuth access token, in place of the API key; both set is an error",
    isSecret: true,
  },
  CLOSE_BASE_URL: {
    description: "Where Close's API is: https, or http on a loopback address",
    default: defaultBaseUrl,
  },
  CLOSE_TIME_ZONE: {
    description:
      "IANA name of the time zone that decides which day is today, such as America/New_York. Left out: the computer's own",
    placeholder: "America/New_York",
  },
  CLOSE_READ_ONLY: {
    description: "Leave out the tools that change something",
    format: "boolean",
    default: "false",
  },
  CLOSE_AUDIT_LOG: {
    description:
      "Full path of a file to which each write is appended as one JSON line: time, id, request body, the opportunity before and after, outcome. The file need not exist yet",
    format: "filepath",
  },
  CLOSE_LOG_LEVEL: {
    description: "What is logged, as JSON lines on stderr. debug shows every request with its body",
    default: "warn",
    choices: logLevels,
  },
  HTTPS_PROXY: { description: "The URL of a proxy through which Close is reached" },
  HTTP_PROXY: { description: "The same if HTTPS_PROXY is not set" },
  NO_PROXY: { description: "Hosts that are reached without the proxy" },
};
