import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Config, ConfigError, defaultBaseUrl, readCommand } from "../src/config.ts";

type Environment = Record<string, string>;

function configOf(environment: Environment, args: string[] = []): Config {
  const command = readCommand(args, environment);
  if (command.run !== "serve") throw new Error(`It would run ${command.run}.`);
  return command.config;
}

function refusalOf(environment: Environment, args: string[] = []): string {
  try {
    readCommand(args, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("It was accepted.");
}

const key = { CLOSE_API_KEY: "api_1aB.2cD" };
const basic = { scheme: "basic", secret: "api_1aB.2cD" };
/** What a host passes on for a setting that nobody filled in. */
const template = `\${${"user_config.setting"}}`;

test.each(["", " \n", '""', template, `"${template}"`])(
  "a variable that holds %j is not set, as hosts pass on what nobody filled in",
  (value) => {
    const names = ["CLOSE_API_KEY", "CLOSE_ACCESS_TOKEN", "CLOSE_BASE_URL", "CLOSE_TIME_ZONE"];
    const limits = ["CLOSE_CONFIRM", "CLOSE_WRITABLE_FIELDS", "CLOSE_MAX_UPDATES_PER_HOUR"];
    const files = ["CLOSE_AUDIT_LOG", "CLOSE_STATE_DIR"];
    const others = ["CLOSE_LOG_LEVEL", "HTTPS_PROXY", "http_proxy", "NO_PROXY"];
    const all = [...names, ...limits, ...files, ...others];
    const environment = Object.fromEntries(all.map((name) => [name, value]));
    expect(configOf(environment)).toEqual(configOf({}));
    expect(configOf({})).toEqual({
      baseUrl: defaultBaseUrl,
      proxies: {},
      readOnly: false,
      confirm: "many",
      logLevel: "warn",
    });
  },
);

describe("the credentials", () => {
  test("are an API key or an access token", () => {
    const secret = "tok~_-./+=";
    expect(configOf(key).credentials).toEqual(basic);
    expect(configOf({ CLOSE_ACCESS_TOKEN: secret }).credentials).toEqual({ scheme: "bearer", secret });
  });

  test("are taken without the colon that curl wants behind a key", () => {
    expect(configOf({ CLOSE_API_KEY: "api_1aB.2cD:" }).credentials).toEqual(basic);
  });

  test.each([" api_1aB.2cD\r\n", '"api_1aB.2cD"', "'api_1aB.2cD'"])(
    "are taken without the blanks and quotes around them: %j",
    (value) => expect(configOf({ CLOSE_API_KEY: value }).credentials).toEqual(basic),
  );

  test("are the one that is filled in if the other is a template", () => {
    expect(configOf({ ...key, CLOSE_ACCESS_TOKEN: template }).credentials).toEqual(basic);
  });

  test.each(["a b", "a\nb", "a\u0000b", "pässword"])("are refused unseen: %j", (value) => {
    for (const variable of ["CLOSE_API_KEY", "CLOSE_ACCESS_TOKEN"]) {
      const refusal = refusalOf({ [variable]: value });
      expect(refusal).toMatch(new RegExp(`^${variable} contains a space, .+; example: ${variable}=.+$`));
      expect(refusal).not.toContain(value);
    }
  });

  test("are refused if both are set", () => {
    const refusal = refusalOf({ ...key, CLOSE_ACCESS_TOKEN: "token_2" });
    expect(refusal).toMatch(/CLOSE_API_KEY and CLOSE_ACCESS_TOKEN are both set/);
    expect(refusal).not.toMatch(/api_1aB|token_2/);
  });
});

describe("CLOSE_BASE_URL", () => {
  test.each([
    ["HTTPS://API.CLOSE.COM/api/v1//", "https://api.close.com/api/v1"],
    ["https://close.example.com:8443", "https://close.example.com:8443"],
    ["http://LocalHost:8080/", "http://localhost:8080"],
    ["http://127.8.9.10", "http://127.8.9.10"],
    ["http://[::1]:8080/api/v1", "http://[::1]:8080/api/v1"],
  ])("%j is taken as %s", (value, baseUrl) => {
    expect(configOf({ CLOSE_BASE_URL: value }).baseUrl).toBe(baseUrl);
  });

  test.each([
    "http://api.close.com/api/v1",
    "http://10.0.0.1/",
    "http://127.0.0.1.example.com/",
    "http://localhost@example.com/",
    "ftp://localhost/",
    "api.close.com",
    "https://user:hush@api.close.com/",
    "https://api.close.com/api/v1?key=1",
    "https://api.close.com/api/v1#top",
  ])("%j is refused, since the credentials would travel there", (value) => {
    const refusal = refusalOf({ CLOSE_BASE_URL: value });
    expect(refusal).toMatch(/^CLOSE_BASE_URL .+; example: CLOSE_BASE_URL=https:\/\/api\.close\.com\/api\/v1$/);
    expect(refusal).not.toContain("hush");
  });
});

describe("CLOSE_TIME_ZONE", () => {
  test.each(["America/New_York", "UTC"])("is taken: %s", (zone) => {
    expect(configOf({ CLOSE_TIME_ZONE: ` ${zone} ` }).timeZone).toBe(zone);
  });

  test.each(["EST5", "+05:30", "Mars/Olympus", "x".repeat(500), "a\nb"])("is refused: %j", (zone) => {
    const refusal = refusalOf({ CLOSE_TIME_ZONE: zone });
    expect(refusal).toMatch(/^CLOSE_TIME_ZONE .+; example: CLOSE_TIME_ZONE=America\/New_York$/);
    expect(refusal.length).toBeLessThan(250);
  });
});

describe("CLOSE_READ_ONLY", () => {
  test.each([
    ["TRUE", true],
    ["1", true],
    ["'false'", false],
    ["0", false],
    ["", false],
    [template, false],
  ])("%j means %s", (value, readOnly) => {
    expect(configOf({ CLOSE_READ_ONLY: value }).readOnly).toBe(readOnly);
  });

  test.each(["yes please", "2", "tru"])("%j is refused: half a lock is none", (value) => {
    expect(refusalOf({ CLOSE_READ_ONLY: value })).toMatch(/^CLOSE_READ_ONLY .+; example: CLOSE_READ_ONLY=true$/);
  });

  test("and --read-only: either is enough, neither takes the other back", () => {
    expect(configOf({}, ["--read-only"]).readOnly).toBe(true);
    expect(configOf({ CLOSE_READ_ONLY: "false" }, ["--read-only"]).readOnly).toBe(true);
    expect(configOf({ CLOSE_READ_ONLY: "true" }, ["--sandbox"]).readOnly).toBe(true);
  });
});

describe("CLOSE_AUDIT_LOG", () => {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  const path = (name: string) => join(folder, name);
  beforeAll(() => {
    writeFileSync(path("file"), "");
    symlinkSync(path("file"), path("link"));
    execFileSync("mkfifo", [path("fifo")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["file", "not there yet"])("may be a file, or not be there: %s", (name) =>
    expect(configOf({ CLOSE_AUDIT_LOG: path(name) }).auditLog).toBe(path(name)),
  );

  test("may not be a symbolic link, through which a line would be written elsewhere", () => {
    const refusal = refusalOf({ CLOSE_AUDIT_LOG: path("link") });
    expect(refusal).toMatch(/^CLOSE_AUDIT_LOG is a symbolic link, which is not followed: ".+link"; example: /);
  });

  test.each([".", "fifo", "missing/audit.jsonl", "x".repeat(300)])("may not be %s", (name) => {
    const refusal = refusalOf({ CLOSE_AUDIT_LOG: path(name) });
    expect(refusal).toMatch(/^CLOSE_AUDIT_LOG (is|cannot be) [^\n]+; example: CLOSE_AUDIT_LOG=\/.+$/);
  });
});

describe("CLOSE_CONFIRM", () => {
  test.each(["off", "many", "closing", "all"])("may be %s", (when) => {
    expect(configOf({ CLOSE_CONFIRM: when.toUpperCase() }).confirm).toBe(when);
  });

  test.each(["never", "true", "0"])("%j is refused: nobody would know what it stands for", (value) => {
    const refusal = refusalOf({ CLOSE_CONFIRM: value });
    expect(refusal).toBe(
      `CLOSE_CONFIRM is not one of off, many, closing, all: "${value}"; example: CLOSE_CONFIRM=closing`,
    );
  });
});

describe("CLOSE_WRITABLE_FIELDS", () => {
  test.each([
    ["note", ["note"]],
    [" value , Renewal date,,cf_1aB,", ["value", "Renewal date", "cf_1aB"]],
  ])("is a list of names without empty ones: %j", (value, fields) => {
    expect(configOf({ CLOSE_WRITABLE_FIELDS: value }).writableFields).toEqual(fields);
  });

  test.each([",", " , ,"])("%j is refused, since it names no field", (value) => {
    const refusal = refusalOf({ CLOSE_WRITABLE_FIELDS: value });
    expect(refusal).toMatch(/^CLOSE_WRITABLE_FIELDS names no field: .+; example: CLOSE_WRITABLE_FIELDS=confidence,/);
  });
});

test.each(["note_append", "value,date_won_shift_days"])(
  "a form of a field is refused as a writable field: %j",
  (value) => {
    expect(refusalOf({ CLOSE_WRITABLE_FIELDS: value })).toMatch(/needs note, value or date_won/);
  },
);

describe("CLOSE_MAX_UPDATES_PER_HOUR", () => {
  test.each([
    ["1", 1],
    ["0500", 500],
  ])("%j means %i", (value, maxUpdatesPerHour) => {
    expect(configOf({ CLOSE_MAX_UPDATES_PER_HOUR: value })).toMatchObject({ maxUpdatesPerHour });
  });

  test.each(["0", "-1", "1.5", "1e3", "10/h", "no limit"])("%j is refused", (value) => {
    expect(refusalOf({ CLOSE_MAX_UPDATES_PER_HOUR: value })).toBe(
      `CLOSE_MAX_UPDATES_PER_HOUR is not a whole number from 1: "${value}"; example: CLOSE_MAX_UPDATES_PER_HOUR=200`,
    );
  });
});

describe("CLOSE_STATE_DIR", () => {
  test.each([
    ["/nowhere/yet", "/nowhere/yet"],
    ["OFF", "off"],
  ])("may be a full path, also of a folder that is not there yet, or off: %s", (value, stateDir) => {
    expect(configOf({ CLOSE_STATE_DIR: value })).toMatchObject({ stateDir });
  });

  test.each(["state", "./state", "~/state"])("may not depend on where the host starts the program: %s", (value) => {
    const refusal = refusalOf({ CLOSE_STATE_DIR: value });
    expect(refusal).toMatch(/^CLOSE_STATE_DIR is not a full path: ".+"; example: CLOSE_STATE_DIR=\/.+$/);
  });
});

describe("CLOSE_LOG_LEVEL", () => {
  test.each(["debug", "info", "warn", "error"])("may be %s", (level) => {
    expect(configOf({ CLOSE_LOG_LEVEL: level.toUpperCase() }).logLevel).toBe(level);
  });

  test.each(["verbose", "3"])("%j is refused", (value) => {
    expect(refusalOf({ CLOSE_LOG_LEVEL: value })).toMatch(/^CLOSE_LOG_LEVEL .+debug, info, warn, error.+example: /);
  });
});

describe("a proxy", () => {
  test("has a URL, and the variable in small letters comes first", () => {
    const [httpsProxy, httpProxy] = ["https://user:pass@proxy.example", "http://proxy.example:3128"];
    const environment = { HTTPS_PROXY: httpsProxy, http_proxy: httpProxy, HTTP_PROXY: httpsProxy };
    expect(configOf(environment).proxies).toEqual({ httpsProxy, httpProxy });
  });

  test.each(["proxy.example:3128", "user:pass@proxy.example:3128"])("is http if nothing else is said: %s", (proxy) => {
    expect(configOf({ HTTPS_PROXY: proxy }).proxies).toEqual({ httpsProxy: `http://${proxy}` });
  });

  test("does not stop the sandbox, which needs none", () => {
    expect(configOf({ HTTPS_PROXY: "socks5://proxy.example" }, ["--sandbox"]).proxies).toEqual({});
  });

  test.each(["http://user:hidden@", "socks5://proxy.example"])(
    "that has none stops the start without being shown: %s",
    (proxy) => {
      const refusal = refusalOf({ https_proxy: proxy });
      expect(refusal).toMatch(/^https_proxy is not the URL of a proxy; example: /);
      expect(refusal).not.toContain("hidden");
    },
  );
});

test.each(["CLOSE_TIME_ZONE", "CLOSE_READ_ONLY", "CLOSE_CONFIRM", "CLOSE_STATE_DIR", "CLOSE_LOG_LEVEL"])(
  "a key in %s stops the start without being shown",
  (variable) => {
    const refusal = refusalOf({ [variable]: "api_Abc123Def456.Ghi789" });
    expect(refusal).toMatch(new RegExp(`^${variable} .*\\[credentials\\]`));
    expect(refusal).not.toContain("Abc123");
  },
);

describe("the command line", () => {
  test("serves Close unless a flag says otherwise", () => {
    expect(readCommand([], key)).toMatchObject({ run: "serve", sandbox: false });
  });

  test("--help and --version win over everything, wrong variables included", () => {
    const wrong = { CLOSE_BASE_URL: "nowhere", CLOSE_LOG_LEVEL: "loud" };
    expect(readCommand(["--version"], wrong)).toEqual({ run: "version" });
    expect(readCommand(["--sandbox", "-h"], wrong)).toEqual({ run: "help" });
  });

  test("--sandbox reads neither the credentials nor the address of the real Close, but all else", () => {
    const environment = { ...key, CLOSE_ACCESS_TOKEN: "b", CLOSE_BASE_URL: "nowhere" };
    expect(configOf(environment, ["--sandbox"]).credentials).toBeUndefined();
    expect(refusalOf({ CLOSE_TIME_ZONE: "Mars/Olympus" }, ["--sandbox"])).toMatch(/^CLOSE_TIME_ZONE/);
  });

  test.each(["--sandbx", "-x", "serve", "--sandbox=yes"])("is refused in one line with an example: %s", (flag) =>
    expect(refusalOf({}, [flag])).toMatch(/^[^\n]+; example: close-opportunity-mcp --sandbox$/),
  );
});
