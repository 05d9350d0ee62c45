import { isAbsolute } from "node:path";
import { parseArgs } from "node:util";
import { auditFileFault } from "./audit.ts";
import { logLevels } from "./base/log.ts";
import { credentialsMark, quote } from "./base/text.ts";
import { isTimeZone } from "./base/time-zone.ts";
import { name as program } from "./base/version.ts";
import { confirmations } from "./opportunity/plans/consent.ts";

export const defaultBaseUrl = "https://api.close.com/api/v1";

/** How requests prove who they come from: Close takes an API key (Basic) or an OAuth token (Bearer). */
export type Credentials = { scheme: "basic" | "bearer"; secret: string };

/** A flag or variable with a wrong value. Its message is one line: the name, the fault, an example. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** An environment variable: what users read about it, in the terms of the MCP registry's server.json, and its parser. */
export type Variable<T = unknown> = {
  name: string;
  description: string;
  isSecret?: boolean;
  format?: "boolean" | "number" | "filepath";
  default?: string;
  choices?: readonly string[];
  /** An example, if the default is not a good one. */
  placeholder?: string;
  /** Calls `refuse` with what is wrong with the value. */
  parse(value: string, refuse: (fault: string) => never): T;
};

const secret: Pick<Variable<string>, "isSecret" | "parse"> = {
  isSecret: true,
  parse(value, refuse) {
    if (/^[\x21-\x7e]+$/.test(value)) return value;
    return refuse(
      "contains a space, a control character or a character outside ASCII, which Close credentials never contain",
    );
  },
};

/** Without a scheme it is http, as other programs read it. The refusal does not show the value: it may contain a password. */
const proxy: Pick<Variable<string>, "placeholder" | "parse"> = {
  placeholder: "http://proxy.example:3128",
  parse(value, refuse) {
    const url = value.includes("://") ? value : `http://${value}`;
    return URL.canParse(url) && /^https?:/i.test(url) ? url : refuse("is not the URL of a proxy");
  },
};

/** One of a few words, in any case. */
const oneOf = <T extends string>(choices: readonly T[]): Pick<Variable<T>, "choices" | "parse"> => ({
  choices,
  parse: (value, refuse) =>
    choices.find((choice) => choice === value.toLowerCase()) ??
    refuse(`is not one of ${choices.join(", ")}: ${shown(value)}`),
});

const table = {
  apiKey: {
    name: "CLOSE_API_KEY",
    description: "API key, made in Close under Settings > Developer > API Keys",
    placeholder: "api_…",
    ...secret,
    // Close's documentation shows it as curl takes it, with the colon before an empty password.
    parse: (value, refuse) => secret.parse(value.replace(/:$/, ""), refuse),
  },
  accessToken: {
    name: "CLOSE_ACCESS_TOKEN",
    description: "OAuth access token, in place of the API key; both set is an error",
    ...secret,
  },
  baseUrl: {
    name: "CLOSE_BASE_URL",
    description: "Where Close's API is: https, or http on a loopback address",
    default: defaultBaseUrl,
    parse(value, refuse) {
      if (!URL.canParse(value)) return refuse("is not a URL");
      const { username, password, search, hash, hostname, protocol, origin, pathname } = new URL(value);
      if (username !== "" || password !== "") return refuse("must not contain a user name or password");
      if (search !== "" || hash !== "") return refuse("must not contain a query or a fragment");
      const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
      return protocol === "https:" || (protocol === "http:" && isLoopback)
        ? origin + pathname.replace(/\/+$/, "")
        : refuse("must be https, or http on a loopback address: the credentials travel with every request");
    },
  },
  timeZone: {
    name: "CLOSE_TIME_ZONE",
    description:
      "IANA name of the time zone that decides which day is today, such as America/New_York. Left out: the computer's own",
    placeholder: "America/New_York",
    parse: (value, refuse) => (isTimeZone(value) ? value : refuse(`is not an IANA time zone: ${shown(value)}`)),
  },
  readOnly: {
    name: "CLOSE_READ_ONLY",
    description: "Leave out the tools that change something",
    format: "boolean",
    default: "false",
    placeholder: "true",
    parse: (value, refuse) =>
      /^(true|1)$/i.test(value) ||
      (!/^(false|0)$/i.test(value) && refuse(`is neither true nor false: ${shown(value)}`)),
  },
  confirm: {
    name: "CLOSE_CONFIRM",
    description:
      "When a person has to agree before updates are sent. off: never; many: to more than ten opportunities in one call; closing: also to a move to won or lost, back from there, or to another pipeline; all: to every update",
    default: "many",
    placeholder: "closing",
    ...oneOf(confirmations),
  },
  writableFields: {
    name: "CLOSE_WRITABLE_FIELDS",
    description:
      "The arguments and custom fields (by name or id) that may be changed, separated by commas; any other change is refused. Left out: all",
    placeholder: "confidence,note,Renewal date",
    parse(value, refuse) {
      const fields = value.split(",").map((field) => field.trim());
      const isForm = /^(note_(append|replace|html)|value_percent|date_won_shift_days)$/;
      if (fields.some((field) => isForm.test(field))) return refuse(`needs note, value or date_won: ${shown(value)}`);
      return fields.some(Boolean) ? fields.filter(Boolean) : refuse(`names no field: ${shown(value)}`);
    },
  },
  maxUpdatesPerHour: {
    name: "CLOSE_MAX_UPDATES_PER_HOUR",
    description: "How many updates all processes on this machine may send in an hour. Left out: no limit",
    format: "number",
    placeholder: "200",
    parse: (value, refuse) =>
      /^0*[1-9]\d*$/.test(value) ? Number(value) : refuse(`is not a whole number from 1: ${shown(value)}`),
  },
  auditLog: {
    name: "CLOSE_AUDIT_LOG",
    description:
      "Full path of a file to which each write is appended as JSON lines, one before it is sent and one with its outcome: time, id, request body, the opportunity before and after, outcome. The file need not exist yet, and may not be a symbolic link",
    format: "filepath",
    placeholder: "/home/ada/close-audit.jsonl",
    parse(value, refuse) {
      const fault = auditFileFault(value);
      return fault === undefined ? value : refuse(`${fault}: ${shown(value)}`);
    },
  },
  stateDir: {
    name: "CLOSE_STATE_DIR",
    description:
      "Full path of a folder for locks and plans, or off. A plan holds the values of changed fields, so that an update can be taken back for a week. Left out: the platform's folder for a program's data",
    placeholder: "/home/ada/.local/state/close",
    parse: (value, refuse) =>
      /^off$/i.test(value) ? "off" : isAbsolute(value) ? value : refuse(`is not a full path: ${shown(value)}`),
  },
  logLevel: {
    name: "CLOSE_LOG_LEVEL",
    description: "What is logged, as JSON lines on stderr. debug shows every request with its body",
    default: "warn",
    placeholder: "info",
    ...oneOf(logLevels),
  },
  httpsProxy: { name: "HTTPS_PROXY", description: "The URL of a proxy through which Close is reached", ...proxy },
  httpProxy: { name: "HTTP_PROXY", description: "The same if HTTPS_PROXY is not set", ...proxy },
  noProxy: { name: "NO_PROXY", description: "Hosts that are reached without the proxy", parse: String },
} satisfies Record<string, Variable>;

/** All environment variables that the program reads, those that users need first. */
export const variables: readonly Variable[] = Object.values(table);

const flags = {
  sandbox: {
    type: "boolean",
    description:
      "use a made-up organization on this machine instead of Close: needs no API key, and ignores a real one",
  },
  "read-only": { type: "boolean", description: "leave out the tools that change something" },
  help: { type: "boolean", short: "h", description: "show this help" },
  version: { type: "boolean", short: "v", description: "print the version" },
} as const;

/** What the command line takes, for `--help` and the documentation. */
export const commandLine: readonly { names: readonly string[]; description: string }[] = [
  ...Object.entries(flags).map(([flag, { description, ...rest }]) => ({
    names: [`--${flag}`, ...("short" in rest ? [`-${rest.short}`] : [])],
    description,
  })),
  {
    names: ["check"],
    description:
      "verify the credentials and show whose they are, the currency, the time zone and how many pipelines and custom fields there are, instead of serving; exits with 0 or 1",
  },
];

/** The text of `--help`. */
export function usage(): string {
  const width = Math.max(...variables.map(({ name }) => name.length)) + 2;
  const row = (name: string, description: string) => `  ${name.padEnd(width)}${description}`;
  return [
    `${program} ${commandLine.map(({ names: [name] }) => `[${name}]`).join(" ")}`,
    "",
    "Serves MCP over stdio: tools that let an agent find and change opportunities in Close.",
    "",
    ...commandLine.map(({ names, description }) => row(names.join(", "), description)),
    "",
    "Environment:",
    ...variables.map(({ name, description }) => row(name, description)),
    "",
  ].join("\n");
}

/** Reads flags and environment into what to run. @throws ConfigError for an unknown flag or a wrong value. */
export function readCommand(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const { run, help, version, sandbox = false, "read-only": readOnly = false } = readArguments(args);
  if (help) return { run: "help" as const };
  if (version) return { run: "version" as const };
  return { run, sandbox, config: readConfig(environment, { sandbox, readOnly }) };
}

/** How the program is set up. */
export type Config = ReturnType<typeof readConfig>;

function readConfig(environment: NodeJS.ProcessEnv, asked: { sandbox: boolean; readOnly: boolean }) {
  const read = <T>(variable: Variable<T>) => readVariable(environment, variable);
  // The sandbox has a key of its own: a real one must not be needed, read or sent there.
  const readForClose = <T>(variable: Variable<T>) => (asked.sandbox ? undefined : read(variable));
  // As in other programs, the lower-case name wins.
  const readProxy = (variable: Variable<string>) =>
    readForClose({ ...variable, name: variable.name.toLowerCase() }) ?? readForClose(variable);
  const [httpsProxy, httpProxy, noProxy] = [table.httpsProxy, table.httpProxy, table.noProxy].map(readProxy);
  return {
    /** Without credentials the server still starts and lists its tools; calls say what to set. */
    credentials: credentials(readForClose(table.apiKey), readForClose(table.accessToken)),
    /** Without a slash at the end. */
    baseUrl: readForClose(table.baseUrl) ?? defaultBaseUrl,
    proxies: { httpsProxy, httpProxy, noProxy },
    /** Undefined: the machine's own zone, of which `machineZone` is what its settings say. */
    timeZone: read(table.timeZone),
    machineZone: environment.TZ,
    readOnly: asked.readOnly || (read(table.readOnly) ?? false),
    confirm: read(table.confirm) ?? ("many" as const),
    /** As they were written. Undefined: all. */
    writableFields: read(table.writableFields),
    maxUpdatesPerHour: read(table.maxUpdatesPerHour),
    auditLog: read(table.auditLog),
    /** A folder, which need not exist yet, or "off". Undefined: the platform's own. */
    stateDir: read(table.stateDir),
    logLevel: read(table.logLevel) ?? ("warn" as const),
  };
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, args: [...args], options: flags });
    const unknown = positionals.find((word) => word !== "check");
    if (unknown !== undefined) throw new Error(`Unknown command ${shown(unknown)}`);
    return { ...values, run: positionals.length > 0 ? ("check" as const) : ("serve" as const) };
  } catch (error) {
    // Node adds advice on arguments that begin with a dash, of no use here.
    const fault = String(error instanceof Error ? error.message : error).replace(/\. .*/s, "");
    throw new ConfigError(`${fault}; example: ${program} --sandbox`);
  }
}

function readVariable<T>(environment: NodeJS.ProcessEnv, variable: Variable<T>): T | undefined {
  const { name, placeholder, default: preset = "…", parse } = variable;
  // Some programs pass on the quotes of an .env file, and hosts the template of a setting that nobody filled in.
  const given = (environment[name] ?? "").trim();
  const value = given.replace(/^(["'])(.*)\1$/s, "$2").trim();
  if (value === "" || /^\$\{.*\}$/s.test(value)) return undefined;
  return parse(value, (fault) => {
    throw new ConfigError(`${name} ${fault}; example: ${name}=${placeholder ?? preset}`);
  });
}

function credentials(key: string | undefined, token: string | undefined): Credentials | undefined {
  if (key !== undefined && token !== undefined) {
    throw new ConfigError("CLOSE_API_KEY and CLOSE_ACCESS_TOKEN are both set; example: CLOSE_API_KEY=api_… alone");
  }
  if (key !== undefined) return { scheme: "basic", secret: key };
  return token === undefined ? undefined : { scheme: "bearer", secret: token };
}

/** One line, whatever is in the value: without a key that was put into the wrong variable. */
function shown(value: string): string {
  return quote(value.replace(/api_[\w.-]{4,}/gi, credentialsMark), 60);
}
