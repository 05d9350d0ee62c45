import { defaultBaseUrl } from "../src/config.ts";
import { logLevels } from "../src/log.ts";

/** An environment variable, as a person or a host's form has to know it. Its description is plain text. */
export type Variable = {
  name: string;
  description: string;
  /** Whether it must not be shown or kept in the clear. */
  secret: boolean;
  /** Whether a host should insist on it. The server starts without, so that it can say what is missing. */
  required: boolean;
  default?: string;
  choices?: readonly string[];
};

/** Every variable that the program reads. */
export const variables: readonly Variable[] = [
  {
    name: "CLOSE_API_KEY",
    description: "An API key of Close, made there under Settings > Developer > API Keys",
    secret: true,
    required: true,
  },
  {
    name: "CLOSE_ACCESS_TOKEN",
    description: "An OAuth access token, instead of CLOSE_API_KEY; both set is an error",
    secret: true,
    required: false,
  },
  {
    name: "CLOSE_BASE_URL",
    description: "Where Close's API is: https, or http on a loopback address",
    secret: false,
    required: false,
    default: defaultBaseUrl,
  },
  {
    name: "CLOSE_TIME_ZONE",
    description:
      "IANA name such as America/New_York: decides which day today is where a call does not say. The machine's zone where it is not set",
    secret: false,
    required: false,
  },
  {
    name: "CLOSE_READ_ONLY",
    description: "true is as --read-only: the tools that change something are left out",
    secret: false,
    required: false,
    default: "false",
    choices: ["true", "false"],
  },
  {
    name: "CLOSE_AUDIT_LOG",
    description:
      "A file to which each write is appended as one JSON line: time, id, request body, the opportunity before and after, outcome",
    secret: false,
    required: false,
  },
  {
    name: "CLOSE_LOG_LEVEL",
    description: "How much is told on stderr, as JSON lines; debug shows every request with its body",
    secret: false,
    required: false,
    default: "warn",
    choices: logLevels,
  },
  {
    name: "HTTPS_PROXY",
    description: "The URL of a proxy through which Close is reached",
    secret: false,
    required: false,
  },
  {
    name: "HTTP_PROXY",
    description: "The same where HTTPS_PROXY is not set",
    secret: false,
    required: false,
  },
  {
    name: "NO_PROXY",
    description: "Hosts that are reached without the proxy",
    secret: false,
    required: false,
  },
];
