import { describe, expect, test, vi } from "vitest";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { puts, type Reply } from "../support/host.ts";
import { change, copyOf, stored } from "../support/opportunities.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { tags, visitDays, competitor } = ids.customFields;

const { sandbox, host } = await serveSandbox(undefined, { resets: false });

/** A new opportunity, so that the tests can run beside each other. */
const newOpportunity = (facts: Partial<Opportunity> = {}) =>
  copyOf(sandbox, ids.opportunities.acmeExpansion, { custom: {}, ...facts });

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000+00:00");
}

/** A colleague's change in Close, dated now. */
function byColleague(id: string, facts: Partial<Opportunity>): void {
  const date_updated = timestamp(Date.now());
  const { benQuist } = ids.users;
  change(sandbox, id, { ...facts, date_updated, updated_by: benQuist });
}

function arm(id: string, fault: Fault): void {
  sandbox.fault({ ...fault, path: `/opportunity/${id}/` });
}

/** This fault of the PUT, just before which a colleague changes the opportunity. */
function armAfterColleague(id: string, facts: Partial<Opportunity>, fault: Fault): void {
  arm(id, { ...fault, meanwhile: () => byColleague(id, facts) });
}

function readsOf(id: string) {
  return sandbox.requests.filter(({ method, path }) => method === "GET" && path === `/opportunity/${id}/`);
}

function sentTo(id: string) {
  return puts(sandbox).filter(({ path }) => path === `/opportunity/${id}/`);
}

/** The opportunity shows the update; whether this call made it cannot be told. */
function expectShown(id: string, { summary, structured }: Reply): void {
  expect(summary).toContain(`Close's answer was lost, but "Acme Corp" (${id}) shows the update: `);
  expect(structured.warnings).toEqual([
    expect.stringMatching(/^Close's answer was lost\..* another program with this key/),
  ]);
  expect(structured).not.toHaveProperty("undo");
}

function expectInDoubt({ isError, text }: Reply): void {
  expect(isError).toBe(true);
  expect(text).toMatch(/Whether the opportunity was changed is in doubt\./);
}

/** This answer to a PUT, in place of Close's. */
const answering = (
  status: number,
  body: string,
  more: Pick<Extract<Fault, { kind: "answer" }>, "applied" | "headers" | "times"> = {},
): Fault => ({ kind: "answer", method: "PUT", status, body, ...more });

/** The 429 of a proxy, which says nothing of whether the PUT was carried out. */
const slowDown = (seconds: number, more: { applied?: boolean; times?: number }) =>
  answering(429, "<h1>Slow down</h1>", {
    headers: { "retry-after": `${seconds}`, "content-type": "text/html" },
    ...more,
  });

const lostBefore: Fault = { kind: "reset", when: "before", method: "PUT" };

describe.concurrent("an update that was lost before Close carried it out", () => {
  test("is not taken for applied because a colleague made the same change, and the text names the colleague", async () => {
    const id = newOpportunity();
    armAfterColleague(id, { status_id: ids.statuses.salesWon }, lostBefore);
    const reply = await host.call({ id, status_id: "Won" });
    expectInDoubt(reply);
    expect(reply.text).toMatch(/shows all that was asked for, but it was last changed by "Ben Quist"/);
    expect(sentTo(id)).toHaveLength(1);
  });

  test("is in doubt if only a part of it shows, and the text names what shows and what does not", async () => {
    const id = newOpportunity();
    armAfterColleague(id, { confidence: 75 }, lostBefore);
    const reply = await host.call({
      id,
      confidence: 75,
      value: 64_000,
      custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }],
    });
    expectInDoubt(reply);
    expect(reply.text).toMatch(/It shows confidence, but not value, custom_fields "Tags"/);
  });

  test("is not taken for applied because a note has the same words without the form asked for", async () => {
    const words = "Second warehouse needs lamps.";
    const id = newOpportunity();
    arm(id, { ...lostBefore, times: Infinity });
    const reply = await host.call({ id, note_html: `<body><p><b>${words}</b></p></body>` });
    expectInDoubt(reply);
    expect(stored(sandbox, id).note_html).toBe(`<body><p>${words}</p></body>`);
    expect(sentTo(id)).toHaveLength(3);
  });

  test("is sent again, if that is safe, only after a second look", async () => {
    const id = newOpportunity();
    arm(id, lostBefore);
    const reply = await host.call({ id, value: 64_000 });
    expect(reply).toMatchObject({ isError: false, structured: { value: 64_000 } });
    const own = sandbox.requests.filter(({ path }) => path === `/opportunity/${id}/`);
    // What was read before, or in the second look, may have become old: then it is read once more.
    expect(own.map(({ method }) => method).join(" ")).toMatch(/^GET( GET)? PUT GET GET( GET)? PUT$/);
  });

  test("is a success if the update arrives between the two looks", async () => {
    const id = newOpportunity();
    // It arrives once the first look has been answered.
    const late: Fault = {
      kind: "drift",
      method: "GET",
      change(answer) {
        const date_updated = timestamp(Date.now());
        change(sandbox, id, { value: 64_000, date_updated });
        return answer;
      },
    };
    arm(id, { ...lostBefore, meanwhile: () => arm(id, late) });
    const reply = await host.call({ id, value: 64_000 });
    expect(reply).toMatchObject({ isError: false, structured: { value: 64_000 } });
    expectShown(id, reply);
    expect(sentTo(id)).toHaveLength(1);
  });
});

describe.concurrent("Close's own error while a colleague changes the opportunity", () => {
  test.each([
    ["500", answering(500, '{"error": "Internal server error."}')],
    ["503", answering(503, '{"error": "Try later."}')],
  ])("%s is in doubt, not unchanged", async (_status, fault) => {
    const id = newOpportunity();
    armAfterColleague(id, { confidence: 5 }, fault);
    const reply = await host.call({ id, value: 64_000 });
    expectInDoubt(reply);
    expect(reply.text).toMatch(/does not show the update; it has been changed since.*Ben Quist/);
    expect(sentTo(id)).toHaveLength(1);
  });
});

describe.concurrent("an update that was carried out although its answer says otherwise", () => {
  test.each([408, 499, 303, 502, 504])("with %i is a success that was read back", async (status) => {
    const id = newOpportunity();
    arm(id, answering(status, "<h1>Gateway</h1>", { applied: true }));
    const reply = await host.call({
      id,
      custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }],
    });
    expect(reply).toMatchObject({ isError: false, structured: { [`custom.${tags}`]: ["Weekend"] } });
    expect(sentTo(id)).toHaveLength(1);
  });

  test.each([
    ["an error object", '{"error": "Try later."}'],
    ["another opportunity", JSON.stringify({ id: "oppo_Other", value: 1 })],
  ])("with 200 and %s is read back, and nothing of that answer is reported", async (_what, body) => {
    const id = newOpportunity();
    arm(id, answering(200, body, { applied: true }));
    const reply = await host.call({ id, value: 64_000 });
    expect(reply).toMatchObject({ isError: false, structured: { id, value: 64_000 } });
  });
});

describe.concurrent("an update that was applied and then answered with 429", () => {
  test.each([
    ["by Close", '{"error": {"rate_reset": 0.3}}'],
    ["without a body", ""],
    ["in plain text", "Too Many Requests"],
    ["by a proxy", '{"message": "API rate limit exceeded"}'],
  ])("%s is found applied, and nothing is added twice", async (_who, body) => {
    for (const wait of ["0.3", "1.5"]) {
      const id = newOpportunity({ custom: { [tags]: ["Upsell"] } });
      arm(id, answering(429, body, { headers: { "retry-after": wait }, applied: true }));
      const custom_fields = [{ field: "Tags", action: "add", value: "Weekend" }];
      const reply = await host.call({ id, note_append: "Called.", custom_fields });
      expect(reply).toMatchObject({
        isError: false,
        structured: { note: expect.stringMatching(/[^\n]\nCalled\.$/) },
      });
      expect(String(reply.structured.note).match(/Called/g)).toHaveLength(1);
      expect(reply.structured[`custom.${tags}`]).toEqual(["Upsell", "Weekend"]);
      expect(JSON.stringify(reply.structured.warnings)).toContain("refused because of a rate limit, and yet");
      expect(sentTo(id)).toHaveLength(1);
    }
  });
});

describe.concurrent("an update that had to wait between read and PUT", () => {
  const whileItWaits = (id: string, facts: Partial<Opportunity>) =>
    armAfterColleague(id, facts, answering(429, "{}", { headers: { "retry-after": "2" } }));

  test("keeps the tag that a colleague added in the meantime", async () => {
    const id = newOpportunity({ custom: { [tags]: ["Upsell"] } });
    whileItWaits(id, { custom: { [tags]: ["Upsell", "Key account"] } });
    const reply = await host.call({
      id,
      custom_fields: [{ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }],
    });
    expect(reply.isError).toBe(false);
    expect(stored(sandbox, id).custom[tags]).toEqual(["Upsell", "Key account", "Weekend", "Wednesday"]);
    expect(reply.structured.changes).toMatchObject([
      { from: ["Upsell", "Key account"], to: ["Upsell", "Key account", "Weekend", "Wednesday"] },
    ]);
  });

  test("is refused if the opportunity is no longer the expected one", async () => {
    const id = newOpportunity();
    const expected_date_updated = stored(sandbox, id).date_updated;
    whileItWaits(id, { confidence: 5 });
    const reply = await host.call({ id, value: 64_000, expected_date_updated });
    expect(reply.isError).toBe(true);
    expect(reply.text).toMatch(/has changed since.*Ben Quist/);
    expect(reply.text).toMatch(/The opportunity is unchanged\./);
    expect(stored(sandbox, id)).toMatchObject({ value: 50_000, confidence: 5 });
  });

  test("sends nothing more if a colleague has done all of it in the meantime", async () => {
    const id = newOpportunity();
    whileItWaits(id, { value: 64_000 });
    const reply = await host.call({ id, value: 64_000 });
    expect(reply).toMatchObject({ isError: false, structured: { changes: [] } });
    expect(reply.summary).toMatch(/Nothing to change/);
    expect(sentTo(id).filter(({ applied }) => applied)).toEqual([]);
  });
});

describe.concurrent("an update whose read was answered late", () => {
  test("keeps what a colleague added while it was under way", async () => {
    const id = newOpportunity({ custom: { [tags]: ["Upsell"] } });
    arm(id, { kind: "latency", method: "GET", ms: 1_500, when: "after" });
    const reply = host.call({
      id,
      custom_fields: [{ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }],
    });
    await vi.waitFor(() => expect(readsOf(id)).toHaveLength(1), { timeout: 20_000 });
    byColleague(id, { custom: { [tags]: ["Upsell", "Key account"] } });
    expect((await reply).isError).toBe(false);
    expect(stored(sandbox, id).custom[tags]).toEqual(["Upsell", "Key account", "Weekend", "Wednesday"]);
  });
});

describe.concurrent("an update that was carried out although a proxy answered it with 429", () => {
  test("is a success that says so, whatever state it expects", async () => {
    const id = newOpportunity();
    const expected_date_updated = stored(sandbox, id).date_updated;
    arm(id, slowDown(2, { applied: true }));
    const reply = await host.call({ id, value: 61_000, expected_date_updated });
    expect(reply).toMatchObject({ isError: false, structured: { value: 61_000 } });
    expectShown(id, reply);
    expect(sentTo(id)).toHaveLength(1);
  });

  test("is not added to a list again, however short the wait is", async () => {
    const id = newOpportunity({ custom: { [tags]: ["Upsell"] } });
    arm(id, slowDown(0, { applied: true }));
    const add = { field: "Tags", action: "add", value: "Weekend" };
    const reply = await host.call({ id, custom_fields: [add] });
    expect(reply).toMatchObject({
      isError: false,
      structured: { [`custom.${tags}`]: ["Upsell", "Weekend"] },
    });
    expect(sentTo(id)).toHaveLength(1);
  });
});

describe.concurrent("an update that a proxy answered with 429, and that was not carried out", () => {
  test("is sent again once that was read", async () => {
    const id = newOpportunity();
    arm(id, slowDown(30, { times: 1 }));
    const reply = await host.call({ id, value: 61_000 });
    expect(reply).toMatchObject({ isError: false, structured: { value: 61_000 } });
    expect(sentTo(id)).toHaveLength(2);
  });

  test("is a failure that says when to call again, if it stays so", async () => {
    const id = newOpportunity();
    arm(id, slowDown(30, { times: Infinity }));
    const reply = await host.call({ id, value: 61_000 });
    expect(reply.isError).toBe(true);
    expect(reply.text).toMatch(/^The opportunity is unchanged\.$/m);
    expect(reply.text).toContain("Call again in");
  });
});

describe.concurrent("updates of one opportunity at the same time", () => {
  test("lose nothing of one another", async () => {
    const id = newOpportunity();
    const add = (value: string[]) => host.call({ id, custom_fields: [{ field: "Visit days", action: "add", value }] });
    const replies = await Promise.all([add(["Monday", "Tuesday"]), add(["Wednesday", "Thursday"])]);
    expect(replies.map(({ isError }) => isError)).toEqual([false, false]);
    expect(stored(sandbox, id).custom[visitDays]).toEqual(["Monday", "Tuesday", "Wednesday", "Thursday"]);
  });

  test("with one expected_date_updated: the second is refused", async () => {
    const id = newOpportunity();
    const expected_date_updated = stored(sandbox, id).date_updated;
    const replies = await Promise.all([
      host.call({ id, value: 64_000, expected_date_updated }),
      host.call({ id, confidence: 75, expected_date_updated }),
    ]);
    expect(replies.map(({ isError }) => isError)).toEqual([false, true]);
    expect(replies[1]?.text).toMatch(/has changed since/);
    expect(stored(sandbox, id)).toMatchObject({ value: 64_000, confidence: 50 });
  });
});

describe.concurrent("text that looks like a day", () => {
  test("is another text in a text field, and setting it is a change", async () => {
    const id = newOpportunity({ custom: { [competitor]: "2026-11-23T09:00:00Z" } });
    const reply = await host.call({
      id,
      custom_fields: [{ field: "Competitor", action: "set", value: "2026-11-23" }],
    });
    expect(reply.structured.changes).toMatchObject([{ from: "2026-11-23T09:00:00Z", to: "2026-11-23" }]);
    expect(stored(sandbox, id).custom[competitor]).toBe("2026-11-23");
  });
});

describe.concurrent("a proxy's page with a refusal", () => {
  const page = (status: number, applied: boolean) =>
    answering(status, "<h1>No</h1>", { headers: { "content-type": "text/html" }, applied });

  test.each([400, 401, 403, 404, 413])("%i does not hide that the update was applied", async (status) => {
    const id = newOpportunity();
    arm(id, page(status, true));
    const reply = await host.call({ id, value: 61_000 });
    expect(reply.isError).toBe(false);
    expectShown(id, reply);
    expect(sentTo(id)).toHaveLength(1);
  });

  test.each([400, 401, 403])(
    "%i leaves the opportunity unchanged if it was not, and is not tried again",
    async (status) => {
      const id = newOpportunity();
      arm(id, page(status, false));
      const reply = await host.call({ id, value: 61_000 });
      expect(reply.isError).toBe(true);
      expect(reply.text).toMatch(/^The opportunity is unchanged\.$/m);
      expect(sentTo(id)).toHaveLength(1);
    },
  );
});

describe.concurrent("text added to a note", () => {
  test("is not added again if a proxy answered 429 to the update that Close had carried out", async () => {
    const id = newOpportunity({ note: "Lamps", note_html: null });
    arm(id, slowDown(2, { applied: true }));
    const reply = await host.call({ id, note_append: "Call Ada" });
    expect(reply.isError).toBe(false);
    expect(stored(sandbox, id).note).toBe("Lamps\nCall Ada");
  });

  test("is not added again if Close refused it with 429, yet carried it out, and a colleague changed something since", async () => {
    const id = newOpportunity({ note: "Lamps", note_html: null });
    arm(id, answering(429, "{}", { headers: { "retry-after": "2" }, applied: true }));
    const call = host.call({ id, note_append: "Call Ada" });
    await vi.waitFor(() => expect(sentTo(id)).toHaveLength(1), { timeout: 20_000 });
    byColleague(id, { confidence: 5 });
    const reply = await call;
    expectInDoubt(reply);
    expect(reply.text).toContain("Do not call again before that.");
    expect(stored(sandbox, id).note).toBe("Lamps\nCall Ada");
  });

  test("is to be looked for in the note if it is in doubt: a dry run would show it as still to be added", async () => {
    const id = newOpportunity({ note: "Lamps", note_html: null });
    const unreadable: Fault = { kind: "reset", when: "before", method: "GET", times: Number.POSITIVE_INFINITY };
    arm(id, { kind: "reset", when: "after", method: "PUT", meanwhile: () => arm(id, unreadable) });
    const reply = await host.call({ id, note_append: "Call Ada" });
    expectInDoubt(reply);
    expect(reply.text).toMatch(/read it with get_opportunity/);
    expect(reply.text).not.toMatch(/dry_run/);
  });
});
