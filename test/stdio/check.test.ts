import { expect, test } from "vitest";
import { startRaw } from "../support/raw-program.ts";
import { openSandbox } from "../support/served.ts";

const sandbox = await openSandbox();

const check = (env: Record<string, string>) => startRaw(["check"], env).ended;

test("check shows the user, organization, currency, time zone and counts, and exits with 0", async () => {
  const { code, stdout } = await check({
    CLOSE_BASE_URL: sandbox.url,
    CLOSE_API_KEY: sandbox.apiKey,
    CLOSE_TIME_ZONE: "Asia/Kathmandu",
    TZ: "",
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/user +Ada Quist \(ada\.quist@example\.com\)/);
  expect(stdout).toMatch(/organization +Lantern Supply/);
  expect(stdout).toMatch(/currency +USD/);
  expect(stdout).toMatch(/time zone +Asia\/Kathmandu, now 5\.75 hours east of UTC/);
  expect(stdout).not.toContain("warning");
  expect(stdout).toMatch(/pipelines +2\n/);
  expect(stdout).toContain(`custom fields ${sandbox.organization.customFields.length}`);
});

test.each(["", "Nowhere/None"])(
  "check warns if the machine has no time zone, and takes UTC: TZ=%j",
  async (TZ) => {
    const { code, stdout } = await check({ CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, TZ });
    expect(code).toBe(0);
    expect(stdout).toMatch(/time zone +UTC, now 0 hours east of UTC\n/);
    expect(stdout).toMatch(/warning .*CLOSE_TIME_ZONE/);
    expect(stdout).not.toContain("NaN");
    for (const { headers } of sandbox.requests) expect(headers["x-tz-offset"]).toBe("0");
  },
);

test("check with an access token works as well", async () => {
  const { code } = await check({ CLOSE_BASE_URL: sandbox.url, CLOSE_ACCESS_TOKEN: sandbox.accessToken });
  expect(code).toBe(0);
});

test("check with a bad key says so, shows no key, and exits with 1", async () => {
  const { code, stdout, stderr } = await check({
    CLOSE_BASE_URL: sandbox.url,
    CLOSE_API_KEY: "api_wrong.key",
  });
  expect(code).toBe(1);
  expect(stdout).toContain("bad key");
  expect(stdout + stderr).not.toContain("api_wrong.key");
});

test("check without credentials says which variable to set, and exits with 1", async () => {
  const { code, stdout } = await check({ CLOSE_BASE_URL: sandbox.url });
  expect(code).toBe(1);
  expect(stdout).toContain("CLOSE_API_KEY");
  expect(sandbox.requests).toEqual([]);
});

test("check says what the key's user may not read, and exits with 1", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const { code, stdout } = await check({ CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey });
  expect(code).toBe(1);
  expect(stdout).toMatch(/custom fields +Close answered GET \/custom_field_schema\/opportunity\/ with 403/);
});
