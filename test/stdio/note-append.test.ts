import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../support/both-forms.ts";
import { puts, sentBodies } from "../support/host.ts";
import { stored } from "../support/opportunities.ts";
import { serveSandbox } from "../support/served.ts";

const { acmeExpansion, cedarUnpriced, fjordHarbour } = ids.opportunities;
const lamps = "Second warehouse needs lamps.";

const { sandbox, host } = await serveSandbox();

const noteOf = (id: string) => stored(sandbox, id).note;

describe("note_append", () => {
  test("adds a line to a plain note, which is sent whole", async () => {
    const reply = await host.call({ id: acmeExpansion, note_append: "Call Nina on Monday" });
    expect(sentBodies(sandbox)).toEqual([{ note: `${lamps}\nCall Nina on Monday` }]);
    expect(reply.structured.changes).toEqual([
      {
        field: "note",
        label: "note",
        from: lamps,
        to: `${lamps}\nCall Nina on Monday`,
        requested: true,
      },
    ]);
    expect(reply.structured).not.toHaveProperty("warnings");
    expectBothForms(reply);
  });

  test("is the whole note if there was none", async () => {
    await host.call({ id: cedarUnpriced, note_append: "Call Nina" });
    expect(sentBodies(sandbox)).toEqual([{ note: "Call Nina" }]);
  });

  test("extends a rich note and keeps its formatting", async () => {
    const reply = await host.call({ id: fjordHarbour, note_append: "Tariff < 5 & fixed\nuntil May" });
    expect(sentBodies(sandbox)).toEqual([
      {
        note_html:
          "<body><p><strong>Harbour</strong> lights</p><p>Keep the <em>old</em> tariff</p><p>Tariff &lt; 5 &amp; fixed</p><p>until May</p></body>",
      },
    ]);
    expect(noteOf(fjordHarbour)).toBe("Harbour lights\nKeep the old tariff\nTariff < 5 & fixed\nuntil May");
    expect(reply.structured.changes).toHaveLength(1);
    expect(reply.structured).not.toHaveProperty("warnings");
    expectBothForms(reply);
  });

  test("of a long note shows the end, and what was added", async () => {
    const long = Array.from({ length: 60 }, (_, index) => `Visit ${index + 1}: nothing new`).join("\n");
    await host.call({ id: acmeExpansion, note: long });
    const reply = await host.call({ id: acmeExpansion, note_append: "Visit 61: signed" });
    const [change] = [reply.structured.changes].flat();
    expect(change).toMatchObject({
      from: expect.stringMatching(/^….{10,40}nothing new$/s),
      to: expect.stringMatching(/^….{10,40}nothing new\nVisit 61: signed$/s),
    });
    expect(reply.summary).toContain("Visit 61: signed");
    expect(noteOf(acmeExpansion)).toBe(`${long}\nVisit 61: signed`);
    expectBothForms(reply);
  });

  test("is refused if the opportunity cannot be read, as the note would be lost", async () => {
    sandbox.fault({ kind: "answer", method: "GET", status: 302, path: "/opportunity/" });
    const unread = await host.call({ id: acmeExpansion, note_append: "x" });
    expect(unread.text).toContain("note_append depends on what the opportunity holds, and that could not be read.");
    sandbox.fault({
      kind: "drift",
      method: "GET",
      change: (answer) => Object.assign({}, answer, { note: undefined, note_html: undefined }),
    });
    const reply = await host.call({ id: acmeExpansion, note_append: "x" });
    expect(reply.text).toMatch(/note_append: the present note could not be read/);
    expect(puts(sandbox)).toEqual([]);
  });

  test("is refused if the note would become longer than a million characters", async () => {
    stored(sandbox, acmeExpansion).note = "x".repeat(999_995);
    const reply = await host.call({ id: acmeExpansion, note_append: "12345" });
    expect(reply.text).toMatch(/note_append: .*1,000,001 characters/);
    expect(puts(sandbox)).toEqual([]);
  });
});

describe("after a lost answer the text is there once", () => {
  test.each(["before", "after"] as const)("the connection broke %s Close carried it out", async (when) => {
    sandbox.fault({ kind: "reset", method: "PUT", when });
    const reply = await host.call({ id: acmeExpansion, note_append: "Call Nina" });
    expect(reply.isError).toBe(false);
    expect(noteOf(acmeExpansion)).toBe(`${lamps}\nCall Nina`);
    if (when === "after") expect(warningsOf(reply)).toContain("was lost");
  });
});
