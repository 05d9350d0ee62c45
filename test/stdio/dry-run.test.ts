import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { expectBothForms } from "../support/both-forms.ts";
import { puts } from "../support/host.ts";
import { serveUpdates } from "../support/updates.ts";

const { acmeExpansion, acmeRenewal, blueHeronShop } = ids.opportunities;
const { elmStreetVisits } = ids.opportunities;
/** Already the next day in Kathmandu. */
const now = new Date("2026-11-23T20:00:00Z");

const { sandbox, host, accepted } = await serveUpdates({ now: () => now }, { now });

describe("a dry run", () => {
  test("shows the exact request, the opportunity as it is and the expected changes, and sends nothing", async () => {
    const reply = await accepted({
      id: acmeExpansion,
      status_id: "won",
      value: 60_000,
      time_zone: "Asia/Kathmandu",
      dry_run: true,
    });
    const body = { status_id: ids.statuses.salesWon, value: 60_000 };
    expect(puts(sandbox)).toEqual([]);
    expect(reply.summary).toMatch(/^Dry run, nothing was sent\./);
    expect(reply.summary).toContain("value $500.00 one-time → $600.00 one-time");
    expect(reply.summary).toContain(JSON.stringify(body));
    expect(reply.structured).toMatchObject({
      id: acmeExpansion,
      dry_run: true,
      status_label: "Active",
      value: 50_000,
      date_won: null,
      request: {
        method: "PUT",
        path: `/opportunity/${acmeExpansion}/`,
        headers: { "content-type": "application/json", "x-tz-offset": "5.75" },
        body,
      },
      changes: [
        { field: "status_id", label: "status", from: "Active", to: "Won", requested: true },
        { field: "value", from: 50_000, to: 60_000, requested: true },
        { field: "date_won", label: "date_won", from: null, to: "2026-11-24", requested: false },
      ],
    });
    expectBothForms(reply);
  });

  const updates: [string, { id: string } & Record<string, unknown>][] = [
    ["a win, which fills date_won", { id: acmeExpansion, status_id: "Won" }],
    ["a win with a stale date_won", { id: blueHeronShop, status_id: ids.statuses.salesWon }],
    ["a move to another pipeline", { id: acmeExpansion, status_id: "Renewals / Active" }],
    ["cents for dollars", { id: acmeExpansion, value: 500 }],
    ["a rich note", { id: acmeRenewal, note_html: "<body><p>Call <strong>Nina</strong></p></body>" }],
    ["a line added to a note", { id: acmeExpansion, note_append: "Call Nina" }],
    ["emptied fields", { id: blueHeronShop, clear: ["date_won", "value", "note", "contact_id", "user_id"] }],
    [
      "custom fields of every kind",
      {
        id: elmStreetVisits,
        user_id: "ben quist",
        custom_fields: [
          { field: "Seats", action: "set", value: "13" },
          { field: "Competitor", action: "unset" },
          { field: "Visit days", action: "add", value: ["Monday", "Friday"] },
          { field: "Visit days", action: "remove", value: "Thursday" },
          { field: "Tags", action: "remove", value: "Upsell" },
          { field: "Watchers", action: "set", value: ["ben.quist@example.com"] },
          { field: "Next demo", action: "set", value: "2026-08-12T14:30:00+00:00" },
          { field: "Signatory", action: "unset" },
        ],
      },
    ],
  ];

  test.each(updates)("foretells exactly what the same update then sends and changes: %s", async (_name, args) => {
    const dry = await host.call({ ...args, dry_run: true });
    expect(puts(sandbox)).toEqual([]);
    const real = await host.call(args);
    const [put, ...others] = puts(sandbox);
    expect(others).toEqual([]);
    expect(dry.structured.request).toMatchObject({
      method: put?.method,
      path: put?.path,
      body: put?.body,
      headers: { "content-type": put?.headers["content-type"], "x-tz-offset": put?.headers["x-tz-offset"] },
    });
    expect(dry.structured.changes).not.toEqual([]);
    expect(dry.structured.changes).toEqual(real.structured.changes);
    expect(dry.structured.warnings).toEqual(real.structured.warnings);
    expectBothForms(dry);
    expectBothForms(real);
  });
});
