import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

describe("the credentials", () => {
  test("are an API key or an access token", () => {
    expect(configOf(key).credentials).toEqual(basic);
    expect(configOf({ CLOSE_ACCESS_TOKEN: "tok~_-./+=" }).credentials).toEqual({
      scheme: "bearer",
      secret: "tok~_-./+=",
    });
  });

  test("may have white space around them, as pasted ones do", () => {
    expect(configOf({ CLOSE_API_KEY: " api_1aB.2cD\r\n" }).credentials).toEqual(basic);
  });

  test.each([
    "",
    " ",
    "\n",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a host passes on where nobody filled it in.
    "${CLOSE_API_KEY}",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same, with what some hosts put before it.
    "${env:CLOSE_API_KEY}",
    "$CLOSE_API_KEY",
    "{{CLOSE_API_KEY}}",
    "{env:CLOSE_API_KEY}",
    "$env:CLOSE_API_KEY",
    "%CLOSE_API_KEY%",
    "$(CLOSE_API_KEY)",
    "$(pass show close)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as continuous integration writes it.
    "${{ secrets.CLOSE_API_KEY }}",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template within more.
    "api_${CLOSE_API_KEY}",
    "{{ .Env.CLOSE_API_KEY }}",
    "<%= ENV['CLOSE_API_KEY'] %>",
    "__CLOSE_API_KEY__",
    "undefined",
    "null",
    "None",
    '""',
    "' '",
    '"%CLOSE_API_KEY%"',
    "[your key]",
    "<your key>",
    "<your-api-key>",
    "your_api_key",
    "your-api-key-here",
    "YOUR API KEY",
    "my_api_key",
    "api_xxxxxxxx",
    "xxx",
    "api_...",
    "…",
  ])("are not there yet if the variable holds %j", (value) => {
    expect(configOf({ CLOSE_API_KEY: value }).credentials).toBeUndefined();
    expect(configOf({ CLOSE_ACCESS_TOKEN: value }).credentials).toBeUndefined();
  });

  test.each(['"api_1aB.2cD"', "'api_1aB.2cD'", ' " api_1aB.2cD "\n', "'\"api_1aB.2cD\"'"])(
    "are taken without the quotes around them: %s",
    (value) => expect(configOf({ CLOSE_API_KEY: value }).credentials).toEqual(basic),
  );

  test("are the one that is filled in if the other is a placeholder", () => {
    expect(configOf({ ...key, CLOSE_ACCESS_TOKEN: "<token>" }).credentials).toEqual(basic);
  });

  test.each(["a b", "a\tb", "a\nb", "a\u0000b", "pässword", "🔑"])("are refused unseen: %j", (value) => {
    for (const variable of ["CLOSE_API_KEY", "CLOSE_ACCESS_TOKEN"]) {
      const refusal = refusalOf({ [variable]: value });
      expect(refusal.startsWith(variable)).toBe(true);
      expect(refusal).not.toContain(value);
      expect(refusal).not.toContain("\n");
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
    ["", defaultBaseUrl],
    ["  ", defaultBaseUrl],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a host passes on where nobody filled it in.
    ["${CLOSE_BASE_URL}", defaultBaseUrl],
    ["https://api.close.com/api/v1", "https://api.close.com/api/v1"],
    ["https://api.close.com/api/v1/", "https://api.close.com/api/v1"],
    ["https://api.close.com/api/v1//", "https://api.close.com/api/v1"],
    ["HTTPS://API.CLOSE.COM/api/v1", "https://api.close.com/api/v1"],
    ["https://close.example.com:8443", "https://close.example.com:8443"],
    ["http://localhost:8080/api/v1", "http://localhost:8080/api/v1"],
    ["http://LocalHost:8080/", "http://localhost:8080"],
    ["http://127.0.0.1:41234/api/v1/", "http://127.0.0.1:41234/api/v1"],
    ["http://127.8.9.10", "http://127.8.9.10"],
    ["http://[::1]:8080/api/v1", "http://[::1]:8080/api/v1"],
  ])("%j is taken as %s", (value, baseUrl) => {
    expect(configOf({ CLOSE_BASE_URL: value }).baseUrl).toBe(baseUrl);
  });

  test.each([
    "http://api.close.com/api/v1",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://localhost@example.com/",
    "http://[::ffff:10.0.0.1]/",
    "ftp://localhost/",
    "file:///api",
    "javascript:alert(1)",
    "api.close.com",
    "//api.close.com",
    "https://",
    "https://user@api.close.com/",
    "https://user:hush@api.close.com/",
    "https://api.close.com/api/v1?key=1",
    "https://api.close.com/api/v1#top",
    "https://api close.com",
  ])("%j is refused, since the credentials would travel there", (value) => {
    const refusal = refusalOf({ CLOSE_BASE_URL: value });
    expect(refusal).toMatch(
      /^CLOSE_BASE_URL .+; example: CLOSE_BASE_URL=https:\/\/api\.close\.com\/api\/v1$/,
    );
    expect(refusal).not.toContain("hush");
  });
});

describe("CLOSE_TIME_ZONE", () => {
  test("is left to the machine if it is not set", () => {
    for (const value of ["", " ", "$CLOSE_TIME_ZONE"]) {
      expect(configOf({ CLOSE_TIME_ZONE: value }).timeZone).toBeUndefined();
    }
    expect(configOf({}).timeZone).toBeUndefined();
  });

  test.each(["America/New_York", "Asia/Kathmandu", "UTC"])("is taken: %s", (zone) => {
    expect(configOf({ CLOSE_TIME_ZONE: ` ${zone} ` }).timeZone).toBe(zone);
  });

  test.each(["EST5", "+05:30", "New York", "Mars/Olympus", "x".repeat(500), "a\nb"])(
    "is refused: %j",
    (zone) => {
      const refusal = refusalOf({ CLOSE_TIME_ZONE: zone });
      expect(refusal).toMatch(/^CLOSE_TIME_ZONE .+; example: CLOSE_TIME_ZONE=America\/New_York$/);
      expect(refusal.length).toBeLessThan(250);
    },
  );
});

describe("CLOSE_READ_ONLY", () => {
  test.each([
    ["true", true],
    ["TRUE", true],
    ["1", true],
    ['"true"', true],
    ["false", false],
    ["'false'", false],
    ["0", false],
    ["", false],
    ['""', false],
  ])("%j means %s", (value, readOnly) => {
    expect(configOf({ CLOSE_READ_ONLY: value })).toMatchObject({ readOnly, readOnlyReason: undefined });
  });

  test.each([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a host passes on if nobody filled it in.
    "${CLOSE_READ_ONLY}",
    "{env:CLOSE_READ_ONLY}",
    "%CLOSE_READ_ONLY%",
    "'$CLOSE_READ_ONLY'",
    "undefined",
    "null",
  ])("%j means true, and why is known: nobody filled it in", (value) => {
    const reason = "CLOSE_READ_ONLY is an unfilled template";
    expect(configOf({ CLOSE_READ_ONLY: value })).toMatchObject({ readOnly: true, readOnlyReason: reason });
    const asked = configOf({ CLOSE_READ_ONLY: value }, ["--read-only"]);
    expect(asked).toMatchObject({ readOnly: true, readOnlyReason: undefined });
  });

  test.each(["yes please", "2", "tru"])("%j is refused: half a lock is none", (value) => {
    expect(refusalOf({ CLOSE_READ_ONLY: value })).toMatch(
      /^CLOSE_READ_ONLY .+; example: CLOSE_READ_ONLY=true$/,
    );
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
    symlinkSync(path("nothing"), path("dangling"));
    symlinkSync("/dev/null", path("device"));
    execFileSync("mkfifo", [path("fifo")]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(["file", "link", "not there yet"])(
    "may be a file, a link to one, or not be there: %s",
    (name) => {
      expect(configOf({ CLOSE_AUDIT_LOG: path(name) }).auditLog).toBe(path(name));
      expect(configOf({ CLOSE_AUDIT_LOG: `"${path(name)}"` }).auditLog).toBe(path(name));
      expect(existsSync(path("not there yet"))).toBe(false);
    },
  );

  test.each(["", "undefined", "%CLOSE_AUDIT_LOG%"])("is not wanted: %j", (value) => {
    expect(configOf({ CLOSE_AUDIT_LOG: value }).auditLog).toBeUndefined();
  });

  test.each([
    [".", "is not a regular file"],
    ["fifo", "is not a regular file"],
    ["device", "is not a regular file"],
    ["dangling", "is a link to nothing"],
    ["missing/audit.jsonl", "is in a folder that does not exist"],
    ["file/audit.jsonl", "cannot be used"],
    ["x".repeat(300), "cannot be used"],
  ])("may not be %s", (name, fault) => {
    const refusal = refusalOf({ CLOSE_AUDIT_LOG: path(name) });
    expect(refusal).toMatch(/^CLOSE_AUDIT_LOG [^\n]+; example: CLOSE_AUDIT_LOG=\/.+$/);
    expect(refusal).toContain(fault);
  });
});

describe("CLOSE_LOG_LEVEL", () => {
  test.each([
    ["", "warn"],
    ["debug", "debug"],
    ["info", "info"],
    ["warn", "warn"],
    ["error", "error"],
    ["DEBUG", "debug"],
  ])("%j means %s", (value, level) => {
    expect(configOf({ CLOSE_LOG_LEVEL: value }).logLevel).toBe(level);
  });

  test.each(["verbose", "warning", "3"])("%j is refused", (value) => {
    expect(refusalOf({ CLOSE_LOG_LEVEL: value })).toMatch(
      /^CLOSE_LOG_LEVEL .+debug, info, warn, error.+example: /,
    );
  });
});

describe("the command line", () => {
  test("serves Close unless a flag says otherwise", () => {
    expect(readCommand([], key)).toMatchObject({ run: "serve", sandbox: false });
  });

  test("--help and --version win over everything, wrong variables included", () => {
    const wrong = { CLOSE_BASE_URL: "nowhere", CLOSE_LOG_LEVEL: "loud" };
    expect(readCommand(["--help"], wrong)).toEqual({ run: "help" });
    expect(readCommand(["--version"], wrong)).toEqual({ run: "version" });
    expect(readCommand(["--sandbox", "-h"], wrong)).toEqual({ run: "help" });
  });

  test("--sandbox reads neither the credentials nor the address of the real Close", () => {
    const command = readCommand(["--sandbox"], {
      ...key,
      CLOSE_ACCESS_TOKEN: "b",
      CLOSE_BASE_URL: "nowhere",
    });
    expect(command).toMatchObject({ run: "serve", sandbox: true, config: { credentials: undefined } });
  });

  test("--sandbox still minds the other variables", () => {
    expect(refusalOf({ CLOSE_TIME_ZONE: "Mars/Olympus" }, ["--sandbox"])).toMatch(/^CLOSE_TIME_ZONE/);
  });

  test.each(["--sandbx", "-x", "serve", "--sandbox=yes", "--help --wat", "--no-sandbox"])(
    "is refused in one line with an example: %s",
    (flags) => {
      expect(refusalOf({}, flags.split(" "))).toMatch(/^[^\n]+; example: close-opportunity-mcp --sandbox$/);
    },
  );
});

test.each(["CLOSE_TIME_ZONE", "CLOSE_READ_ONLY", "CLOSE_LOG_LEVEL"])(
  "a key in %s stops the start without being shown",
  (variable) => {
    const message = refusalOf({ [variable]: "api_Abc123Def456.Ghi789" });
    expect(message).toMatch(new RegExp(`^${variable} .*\\[credentials\\]`));
    expect(message.toLowerCase()).not.toContain("abc123");
  },
);

describe("a proxy", () => {
  test.each(["http://proxy.example:3128", "https://user:pass@proxy.example"])("may be %s", (proxy) => {
    expect(configOf({ HTTPS_PROXY: proxy, http_proxy: ` "${proxy}"` }).proxies).toEqual({
      httpsProxy: proxy,
      httpProxy: proxy,
    });
  });

  test.each(["$(HTTPS_PROXY)", "%HTTPS_PROXY%", "{env:HTTPS_PROXY}", "undefined", " ", '""'])(
    "is not set by a template that nobody filled in, or by nothing: %s",
    (value) => {
      expect(configOf({ HTTPS_PROXY: value, http_proxy: value, NO_PROXY: value }).proxies).toEqual({});
    },
  );

  test.each(["proxy.example:3128", "http://user:hidden@", "socks5://proxy.example"])(
    "that is none stops the start without being shown: %s",
    (proxy) => {
      const message = refusalOf({ https_proxy: proxy });
      expect(message).toMatch(/^https_proxy is not the URL of a proxy; example: /);
      expect(message).not.toContain("hidden");
    },
  );
});
