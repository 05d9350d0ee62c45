import { afterAll, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { startHostFor } from "../support/host.ts";
import { stored } from "../support/opportunities.ts";
import { serveSandbox } from "../support/served.ts";

const { sandbox, host } = await serveSandbox();
const second = await startHostFor(sandbox);
afterAll(() => second.close());

test("two servers that update one opportunity at once lose nothing of what the other wrote", async () => {
  const id = ids.opportunities.acmeExpansion;
  sandbox.fault({ kind: "latency", ms: 100, method: "GET", times: Infinity });
  const notes = ["First.", "Second.", "Third.", "Fourth."];
  const replies = await Promise.all(
    notes.map((note_append, at) => (at % 2 === 0 ? host : second).call({ id, note_append })),
  );
  for (const { isError, text } of replies) expect(isError, text).toBe(false);
  for (const note of notes) expect(stored(sandbox, id).note).toContain(note);
});
