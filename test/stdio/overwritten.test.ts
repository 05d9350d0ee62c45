import { describe, expect, test } from "vitest";
import { ids, type Opportunity } from "../../src/sandbox/sandbox.ts";
import { warningsOf } from "../support/both-forms.ts";
import { changeByBen, copyOf, stored } from "../support/opportunities.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { serveSandbox } from "../support/served.ts";

const { tags } = ids.customFields;
const { sandbox, host } = await serveSandbox();

/** An update of an opportunity that Ben changes between its read and its PUT. */
async function updateAfterBen(args: Record<string, unknown>, theirs: Partial<Opportunity>) {
  const id = copyOf(sandbox, ids.opportunities.acmeExpansion, { note_html: null, custom: { [tags]: ["Upsell"] } });
  const meanwhile = () => changeByBen(sandbox, id, theirs);
  sandbox.fault({ kind: "latency", ms: 0, method: "PUT", meanwhile });
  const reply = await host.call({ id, ...args });
  expect(reply.isError, reply.text).toBe(false);
  return { id, reply, undo: String(reply.structured.undo) };
}

const append = { note_append: "Called." };
const addTwo = { custom_fields: [{ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }] };
const note: Partial<Opportunity> = { note: "Call Kit on Monday." };
const list: Partial<Opportunity> = { custom: { [tags]: ["Upsell", "Key account"] } };

describe("what a colleague wrote between the read and the PUT, and the update replaced", () => {
  test.each([
    ["a note", append, note, '"note"', "Call Kit on Monday."],
    ["a rich note", append, { note_html: "<body><p><b>Call</b> Kit</p></body>", note: "Call Kit" }, '"note"', "Kit"],
    ["a list of several values", addTwo, list, '"Tags"', "Key account"],
  ])("is shown with whose it was, and the undo puts it back: %s", async (_what, args, theirs, field, text) => {
    const { id, reply, undo } = await updateAfterBen(args, theirs);
    expect(stored(sandbox, id)).not.toMatchObject(theirs);
    expect(warningsOf(reply)).toContain(`"Ben Quist" changed ${field} while this update was on its way`);
    expect(warningsOf(reply).split("It was: ")[1]).toContain(text);
    const undone = await host.call({ plan: undo }, "apply_plan");
    expect(undone.isError, undone.text).toBe(false);
    expect(stored(sandbox, id)).toMatchObject(theirs);
    expect(undo).toMatch(/^Take back 1 update and put back what Ben Quist wrote: Acme Corp · \w{6}$/);
  });

  test("is shown as well if the update was a plan's, which had just found what it expected", async () => {
    const id = copyOf(sandbox, ids.opportunities.acmeExpansion);
    const { structured } = await host.call({ id, note: "Second warehouse needs lamps and bulbs." });
    sandbox.fault({
      kind: "latency",
      ms: 0,
      method: "PUT",
      meanwhile: () => changeByBen(sandbox, id, { note: "Call Kit." }),
    });
    const undone = await host.call({ plan: structured.undo }, "apply_plan");
    expect(undone.text).toContain('\\"Ben Quist\\" changed \\"note\\" while this update was on its way');
  });

  const inLog = (change: (events: object[]) => object[]): Fault => ({
    kind: "drift",
    path: "/event/",
    change: (answer) => ({ ...Object(answer), data: change(Object(answer).data) }),
  });
  test.each<[string, Fault]>([
    ["does not show the update yet", inLog(([_own, ...others]) => others)],
    [
      "shows it as a part of an event that had begun before the read",
      inLog(([own, ...others]) => [{ ...own, date_created: "2023-01-01T00:00:00.000000" }, ...others]),
    ],
    ["cannot be read", { kind: "answer", status: 403, path: "/event/" }],
  ])("is not claimed where the event log %s", async (_what, fault) => {
    sandbox.fault(fault);
    const { id, reply, undo } = await updateAfterBen(append, note);
    expect(reply.structured).not.toHaveProperty("warnings");
    expect(undo).toMatch(/^Take back 1 update: /);
    expect(stored(sandbox, id).note).toBe("Second warehouse needs lamps.\nCalled.");
  });

  test("cannot be anything where a single value was added, so that the event log is not asked", async () => {
    const one = { custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }] };
    const { id } = await updateAfterBen(one, list);
    expect(stored(sandbox, id).custom[tags]).toEqual(["Upsell", "Key account", "Weekend"]);
    expect(sandbox.requests.filter(({ path }) => path.startsWith("/event/"))).toEqual([]);
  });
});
