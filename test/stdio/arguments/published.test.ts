import { describe, expect, test } from "vitest";
import { parseObject } from "../../../src/base/json.ts";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { statuses, customFields } = ids;

const { sandbox, host, accepted } = await serveUpdates();

describe("the published schema of update_opportunity", () => {
  test.each([
    ["id", { type: "string", pattern: "^oppo_[A-Za-z0-9]+$" }],
    ["status_id", { type: "string" }],
    ["date_won", { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }],
    ["value", { type: "integer", minimum: 0, description: expect.stringContaining("$500.00 = 50000") }],
    ["value_period", { type: "string", enum: ["one_time", "monthly", "annual"] }],
    ["confidence", { type: "integer", minimum: 0, maximum: 100 }],
    ["note", { type: "string" }],
    ["note_html", { type: "string" }],
    ["contact_id", { type: "string" }],
    ["user_id", { type: "string" }],
    [
      "custom_fields",
      {
        type: "array",
        items: {
          type: "object",
          required: ["field", "action"],
          properties: {
            field: { type: "string" },
            action: { type: "string", enum: ["set", "unset", "add", "remove"] },
            value: { type: "array", items: { type: "string" } },
          },
        },
      },
    ],
    [
      "clear",
      {
        type: "array",
        items: { type: "string", enum: ["date_won", "value", "note", "contact_id", "user_id"] },
      },
    ],
    ["time_zone", { type: "string" }],
    ["dry_run", { type: "boolean" }],
    ["expected_date_updated", { type: "string" }],
  ])("shows the type and a description of %s", async (name, schema) => {
    const { inputSchema } = await published();
    expect(inputSchema.properties).toHaveProperty(
      name,
      expect.objectContaining({ description: expect.stringMatching(/\S/) }),
    );
    expect(inputSchema.properties).toMatchObject({ [name]: schema });
  });

  test("has these arguments and no others, and requires only id", async () => {
    const { inputSchema } = await published();
    expect(Object.keys(inputSchema.properties ?? {})).toHaveLength(16);
    expect(inputSchema.required).toEqual(["id"]);
  });

  test.each([
    ["Close fills it with today", /fills? it with today/],
    [
      "it is the expected close date of an active opportunity",
      /active opportunity it is the expected close date/,
    ],
    ["leaving won keeps it", /Leaving won does not clear it/],
  ])("says in the description of date_won that %s", async (_what, words) => {
    const { inputSchema } = await published();
    expect(inputSchema.properties).toHaveProperty(["date_won", "description"], expect.stringMatching(words));
  });

  test("has two examples in the tool's description, which work with a real id", async () => {
    const { description = "" } = await published();
    const examples = description.split("\n").filter((line) => line.startsWith("{"));
    expect(examples).toHaveLength(2);
    for (const example of examples)
      await accepted({ ...parseObject(example), id: ids.opportunities.acmeExpansion });
    expect(sentBodies(sandbox)).toEqual([
      {
        status_id: statuses.salesWon,
        date_won: "2026-11-23",
        [`custom.${customFields.tags}.add`]: "Wednesday",
      },
      { value: 75_000, date_won: "2026-12-31" },
    ]);
  });

  async function published() {
    const { tools } = await host.client.listTools();
    const tool = tools.find(({ name }) => name === "update_opportunity");
    if (tool === undefined) throw new Error("update_opportunity is not listed");
    return tool;
  }
});
