import { beforeEach, expect, onTestFinished, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { type Host, startHostFor } from "../../support/host.ts";
import { copiesOf } from "../../support/opportunities.ts";
import { unasked } from "../../support/rows.ts";
import { openSandbox } from "../../support/served.ts";

const { opportunities, leads } = ids;
const id = opportunities.acmeExpansion;

const sandbox = await openSandbox();
let host: Host;
/** Its server has not read any list yet. */
beforeEach(async () => {
  host = await startHostFor(sandbox, { env: unasked });
  onTestFinished(() => host.close());
});

const pathsTo = (path: string) => sandbox.requests.filter((request) => request.path.startsWith(path));

/** So many users more, who are called Worker 0, Worker 1, … */
function employ(count: number): void {
  for (let n = 0; n < count; n += 1) {
    const email = `worker${n}@example.com`;
    sandbox.organization.users.push({ id: `user_W${n}`, first_name: "Worker", last_name: `${n}`, email });
  }
}

test("an owner is found by name among 3,000 users, each page of them read once", async () => {
  employ(3_000);
  await host.call({ id, user_id: "Worker 2987" });
  expect(pathsTo("/user/")).toHaveLength(31);
  expect(sandbox.organization.opportunities.get(id)?.user_id).toBe("user_W2987");
});

test("users are read no further than to the one whose e-mail address is given", async () => {
  employ(3_000);
  await host.call({ id, user_id: "Worker150@example.com" });
  expect(pathsTo("/user/").length).toBeLessThan(20);
});

test("a second mistyped name does not read 3,000 users again", async () => {
  employ(3_000);
  for (const user_id of ["Nobody", "Somebody"]) {
    const { isError, text } = await host.call({ id, user_id });
    expect(isError).toBe(true);
    expect(text).toContain(`there is no user "${user_id}"`);
  }
  expect(pathsTo("/user/")).toHaveLength(31);
});

test("that a name is not among the users that could be read does not prove that there is no such user", async () => {
  const page = { data: [{ id: "user_Ivo", first_name: "Ivo", last_name: "Marsh" }], has_more: true };
  sandbox.fault({ kind: "drift", path: "/user/", change: () => page, times: Infinity });
  const { text } = await host.call({ id, user_id: "Nobody" });
  expect(text).toMatch(/"Nobody" is not among the first \d+ users, and not all could be read: give the id/);
  expect(text).not.toContain("there is no user");
});

test.each([
  ["found", "Nina Okafor", 1],
  ["mistyped", "Nina Nobody", 1],
])("contacts of a lead are read once for all rows of a call, also if the name is %s", async (_, contact_id, reads) => {
  const updates = [{ ids: copiesOf(sandbox, id, 40), contact_id }];
  await host.call({ updates }, "update_opportunities");
  expect(pathsTo("/contact/")).toHaveLength(reads);
});

test("contacts that cannot be read are asked for once for all rows of a call", async () => {
  sandbox.fault({
    kind: "answer",
    status: 403,
    path: `/contact/?lead_id=${leads.acme}`,
    times: Number.POSITIVE_INFINITY,
  });
  const updates = [{ ids: copiesOf(sandbox, id, 40), contact_id: "Nina Okafor" }];
  const { text } = await host.call({ updates }, "update_opportunities");
  expect(text).toContain("contacts could not be read");
  expect(pathsTo("/contact/")).toHaveLength(1);
});
