import { expect, onTestFinished, test } from "vitest";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { opening, startRaw } from "../support/raw-program.ts";

const textAlone = z.object({ content: z.array(z.object({ type: z.literal("text"), text: z.string() })) });

// Cline opens with the first of them, and hands its model the result as JSON.
test.each(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])(
  "a host that opens with %s is answered in that revision, and can read all of a result as text",
  async (protocolVersion) => {
    const server = startRaw(["--sandbox"]);
    onTestFinished(async () => {
      server.endInput();
      expect((await server.ended).stderr).toBe("");
    });
    const { result } = await server.request("initialize", { ...opening, protocolVersion });
    expect(result).toMatchObject({ protocolVersion });
    server.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    const win = { id: ids.opportunities.acmeExpansion, status_id: "Won" };
    const won = await server.request("tools/call", { name: "update_opportunity", arguments: win });
    const [summary, json] = textAlone.parse(won.result).content.map(({ text }) => text);
    expect(summary).toMatch(/^Updated "Acme Corp" \(oppo_\w+\): status .*Won/);
    expect(JSON.parse(json ?? "")).toMatchObject({ status_id: ids.statuses.salesWon, lead_name: "Acme Corp" });
  },
);
