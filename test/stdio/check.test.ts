import { expect, test } from "vitest";
import { startRaw } from "../support/raw-program.ts";
import { openSandbox } from "../support/served.ts";

const sandbox = await openSandbox();

const check = (env: Record<string, string>) =>
  startRaw(["check"], { CLOSE_BASE_URL: sandbox.url, CLOSE_API_KEY: sandbox.apiKey, ...env }).ended;

test("check shows the user, organization, currency, time zone and counts, and exits with 0", async () => {
  const { code, stdout } = await check({ CLOSE_TIME_ZONE: "Asia/Kathmandu", TZ: "" });
  expect(code).toBe(0);
  expect(stdout).toMatch(/user +"Ada Quist" \(ada\.quist@example\.com\)/);
  expect(stdout).toMatch(/organization +"Lantern Supply"/);
  expect(stdout).toMatch(/currency +USD/);
  expect(stdout).toMatch(/time zone +Asia\/Kathmandu, now 5\.75 hours east of UTC/);
  expect(stdout).not.toMatch(/warning|writable|hour$/m);
  expect(stdout).toMatch(/pipelines +2\n/);
  expect(stdout).toMatch(new RegExp(`custom fields +${sandbox.organization.customFields.length}\n`));
});

test("check shows when a person has to agree, which fields may be changed and how many updates are sent in an hour, if that is limited", async () => {
  const { stdout } = await check({ CLOSE_WRITABLE_FIELDS: "note,,Seats", CLOSE_MAX_UPDATES_PER_HOUR: "50" });
  expect(stdout).toMatch(/^confirm +many$/m);
  expect(stdout).toMatch(/^writable fields +note, Seats$/m);
  expect(stdout).toMatch(/^updates an hour +at most 50$/m);
});

test("check with an access token warns of a TZ that names no zone, and takes UTC", async () => {
  const { accessToken } = sandbox;
  const { code, stdout } = await check({ CLOSE_API_KEY: "", CLOSE_ACCESS_TOKEN: accessToken, TZ: "CET-1CEST,M3.5.0" });
  expect(code).toBe(0);
  expect(stdout).toMatch(/time zone +UTC, now 0 hours east of UTC\n/);
  expect(stdout).toMatch(/warning .*CLOSE_TIME_ZONE/);
  for (const { headers } of sandbox.requests) expect(headers["x-tz-offset"]).toBe("0");
});

test.each([
  ["with a bad key says so", { CLOSE_API_KEY: "api_wrong.key" }, /bad key/],
  ["without credentials says which variable to set", { CLOSE_API_KEY: "" }, /CLOSE_API_KEY/],
])("check %s, and exits with 1", async (_, env, said) => {
  const { code, stdout, stderr } = await check(env);
  expect(code).toBe(1);
  expect(stdout).toMatch(said);
  expect(stdout + stderr).not.toContain("api_wrong.key");
});

test("check says what the key's user may not read, and exits with 1", async () => {
  sandbox.fault({ kind: "answer", status: 403, body: "Forbidden", path: "/custom_field_schema/" });
  const { code, stdout } = await check({});
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /custom fields +The custom fields could not be read: Close answered GET \/custom_field_schema\/opportunity\/ with 403/,
  );
});
