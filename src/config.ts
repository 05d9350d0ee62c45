import { parseArgs } from "node:util";
import { auditFileFault } from "./audit.ts";
import { type LogLevel, logLevels } from "./base/log.ts";
import { credentialsMark, quote } from "./base/text.ts";
import { isTimeZone } from "./base/time-zone.ts";

export const defaultBaseUrl = "https://api.close.com/api/v1";

/** How requests prove who they come from: Close takes an API key (Basic) or an OAuth token (Bearer). */
export type Credentials = { scheme: "basic" | "bearer"; secret: string };

/** How the program is set up. */
export type Config = {
  /** Without credentials the server still starts and lists its tools; calls say what to set. */
  credentials: Credentials | undefined;
  /** Without a slash at the end. */
  baseUrl: string;
  /** IANA name: decides which day "today" is unless a call says so. Undefined: the machine's own zone. */
  timeZone: string | undefined;
  proxies: Proxies;
  readOnly: boolean;
  /** Why it is read-only although nobody asked for that; undefined otherwise. */
  readOnlyReason: string | undefined;
  /** The file to which each write is appended. */
  auditLog: string | undefined;
  logLevel: LogLevel;
};

/** The proxies that lead to Close, and for which hosts none is used. */
export type Proxies = {
  httpsProxy?: string | undefined;
  httpProxy?: string | undefined;
  noProxy?: string | undefined;
};

/** What to run. */
export type Command =
  | { run: "help" }
  | { run: "version" }
  | { run: "serve" | "check"; sandbox: boolean; config: Config };

/** A flag or variable with a wrong value. Its message is one line: the name, the fault, an example. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags and environment into what to run.
 *
 * @throws ConfigError for an unknown flag or a wrong value.
 */
export function readCommand(args: readonly string[], environment: Environment): Command {
  const { flags, check } = readFlags(args);
  if (flags.help) return { run: "help" };
  if (flags.version) return { run: "version" };
  const run: "serve" | "check" = check ? "check" : "serve";
  const { readOnly, readOnlyReason } = readReadOnly(environment);
  const sandbox = flags.sandbox ?? false;
  return {
    run,
    sandbox,
    config: {
      // The sandbox has a key of its own: a real one must not be needed, read or sent there.
      credentials: sandbox ? undefined : readCredentials(environment),
      baseUrl: sandbox ? defaultBaseUrl : readBaseUrl(environment),
      proxies: readProxies(environment),
      timeZone: readTimeZone(environment),
      readOnly: flags["read-only"] || readOnly,
      readOnlyReason: flags["read-only"] ? undefined : readOnlyReason,
      auditLog: readAuditLog(environment),
      logLevel: readLogLevel(environment),
    },
  };
}

/** The flags, as `parseArgs` takes them, and what each does, for `--help` and the README. */
export const flagOptions = {
  sandbox: {
    type: "boolean",
    meaning:
      "use a made-up organization on this machine instead of Close: needs no API key, and ignores a real one",
  },
  "read-only": { type: "boolean", meaning: "leave out the tools that change something" },
  help: { type: "boolean", short: "h", meaning: "show this help" },
  version: { type: "boolean", short: "v", meaning: "print the version" },
} as const;

function readFlags(args: readonly string[]) {
  try {
    const { values: flags, positionals } = parseArgs({
      allowPositionals: true,
      args: [...args],
      options: flagOptions,
    });
    const unknown = positionals.find((word) => word !== "check");
    if (unknown !== undefined) throw new Error(`Unknown command ${shown(unknown)}`);
    return { flags, check: positionals.length > 0 };
  } catch (error) {
    throw new ConfigError(
      // Node adds advice on arguments that begin with a dash, of no use here.
      `${String(error instanceof Error ? error.message : error).replace(/\. .*/s, "")}; example: close-opportunity-mcp --sandbox`,
    );
  }
}

function readCredentials(environment: Environment): Credentials | undefined {
  const key = readSecret(environment, "CLOSE_API_KEY");
  const token = readSecret(environment, "CLOSE_ACCESS_TOKEN");
  if (key !== undefined && token !== undefined) {
    throw new ConfigError(
      "CLOSE_API_KEY and CLOSE_ACCESS_TOKEN are both set: set only one of them; example: CLOSE_API_KEY=api_… alone",
    );
  }
  if (key !== undefined) return { scheme: "basic", secret: key };
  if (token !== undefined) return { scheme: "bearer", secret: token };
  return undefined;
}

function readSecret(environment: Environment, variable: string): string | undefined {
  const secret = readVariable(environment, variable);
  if (secret === undefined || isPlaceholder(secret)) return undefined;
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw new ConfigError(
      `${variable} contains a space, a control character or a character outside ASCII, which Close credentials never contain; example: ${variable}=api_…`,
    );
  }
  return secret;
}

function readBaseUrl(environment: Environment): string {
  const value = readVariable(environment, "CLOSE_BASE_URL");
  if (value === undefined) return defaultBaseUrl;
  const wrong = (fault: string) =>
    new ConfigError(`CLOSE_BASE_URL ${fault}; example: CLOSE_BASE_URL=${defaultBaseUrl}`);
  if (!URL.canParse(value)) throw wrong("is not a URL");
  const url = new URL(value);
  if (url.username !== "" || url.password !== "") throw wrong("must not contain a user name or password");
  if (url.search !== "" || url.hash !== "") throw wrong("must not contain a query or a fragment");
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw wrong("must be https, or http on a loopback address: the credentials travel with every request");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Programs prefer the names in small letters. A value is not shown: it may contain a password. */
function readProxies(environment: Environment): Proxies {
  const read = (variable: string) => {
    const value = readVariable(environment, variable);
    const isProxy = value === undefined || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol));
    if (isProxy) return value;
    throw new ConfigError(
      `${variable} is not the URL of a proxy; example: ${variable}=http://proxy.example:3128`,
    );
  };
  return {
    httpsProxy: read("https_proxy") ?? read("HTTPS_PROXY"),
    httpProxy: read("http_proxy") ?? read("HTTP_PROXY"),
    noProxy: readVariable(environment, "no_proxy") ?? readVariable(environment, "NO_PROXY"),
  };
}

function readTimeZone(environment: Environment): string | undefined {
  const value = readVariable(environment, "CLOSE_TIME_ZONE");
  if (value !== undefined && !isTimeZone(value)) {
    throw new ConfigError(
      `CLOSE_TIME_ZONE is not an IANA time zone: ${shown(value)}; example: CLOSE_TIME_ZONE=America/New_York`,
    );
  }
  return value;
}

/** An unfilled template may have been meant to be true: when in doubt, read-only. */
function readReadOnly(environment: Environment): Pick<Config, "readOnly" | "readOnlyReason"> {
  if (isTemplate(withoutQuotes(environment.CLOSE_READ_ONLY ?? ""))) {
    return { readOnly: true, readOnlyReason: "CLOSE_READ_ONLY is an unfilled template" };
  }
  const value = readVariable(environment, "CLOSE_READ_ONLY")?.toLowerCase();
  if (value !== undefined && !["true", "1", "false", "0"].includes(value)) {
    throw new ConfigError(
      `CLOSE_READ_ONLY is neither true nor false: ${shown(value)}; example: CLOSE_READ_ONLY=true`,
    );
  }
  return { readOnly: value === "true" || value === "1", readOnlyReason: undefined };
}

function readAuditLog(environment: Environment): string | undefined {
  const file = readVariable(environment, "CLOSE_AUDIT_LOG");
  const fault = file === undefined ? undefined : auditFileFault(file);
  if (file === undefined || fault === undefined) return file;
  throw new ConfigError(
    `CLOSE_AUDIT_LOG ${fault}: ${shown(file)}; example: CLOSE_AUDIT_LOG=/home/ada/close-audit.jsonl`,
  );
}

function readLogLevel(environment: Environment): LogLevel {
  const value = readVariable(environment, "CLOSE_LOG_LEVEL")?.toLowerCase();
  if (value === undefined) return "warn";
  const level = logLevels.find((known) => known === value);
  if (level === undefined) {
    throw new ConfigError(
      `CLOSE_LOG_LEVEL is not one of ${logLevels.join(", ")}: ${shown(value)}; example: CLOSE_LOG_LEVEL=info`,
    );
  }
  return level;
}

/** The value without blanks and quotes around it. Hosts pass on blank values and unfilled templates: these are not set. */
function readVariable(environment: Environment, variable: string): string | undefined {
  const value = withoutQuotes(environment[variable] ?? "");
  return value === "" || isTemplate(value) ? undefined : value;
}

/** Quotes that some programs pass on as a part of the value. */
function withoutQuotes(value: string): string {
  const trimmed = value.trim();
  const [, , inner] = /^(["'])(.*)\1$/s.exec(trimmed) ?? [];
  return inner === undefined ? trimmed : withoutQuotes(inner);
}

/** How hosts, shells and template languages name a variable, and what programs make of a missing one. */
const templates = [
  /^\$+(\{.*\}|\(.*\)|\w+(\{.*\})?)$/s,
  /^(\$|process\.)?(env|input|secrets?|vars?)[:.]\S+$/i,
  /^#?\{.*\}$/s,
  /^%.*%$/s,
  /^<.*>$/s,
  /^(@@?\w+@@?|__\w+__)$/,
  /^(undefined|null)$/i,
];

function isTemplate(value: string): boolean {
  return templates.some((template) => template.test(value));
}

/** Whether a credential is an example from a configuration that is still to be replaced, or holds a template. */
function isPlaceholder(secret: string): boolean {
  const example = /^((your|my)[-_ ].*|none|nil|placeholder|change[-_ ]?me|\[.*\]|(api_)?(x{3,}|\.{3,}|…))$/is;
  return example.test(secret) || /\$\{.*\}|\$\(.*\)|\{\{.*\}\}/s.test(secret);
}

/** One line, whatever is in the value: without a key that was put into the wrong variable. */
function shown(value: string): string {
  return quote(value.replace(/api_[\w.-]{4,}/gi, credentialsMark), 60);
}
