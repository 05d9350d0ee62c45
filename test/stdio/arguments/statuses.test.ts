import { describe, expect, test } from "vitest";
import { ids, type Pipeline } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses } = ids;
/** Sales / Active, $500 once, no date_won, no contact, on Mondays. */
const id = opportunities.acmeExpansion;

// It reads the statuses for every call, as tests change them.
const { sandbox, accepted, refused, stored } = await serveUpdates(undefined, { forgets: true });

describe("status_id", () => {
  test("a stat_… id is sent as it is", async () => {
    const reply = await accepted({ id, status_id: statuses.renewalsInReview });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsInReview }]);
    expect(reply.summary).toContain("status Active → In review");
  });

  test.each([
    ["Won", opportunities.acmeExpansion, statuses.salesWon],
    ["Won", opportunities.acmeRenewal, statuses.renewalsWon],
    ["Active", opportunities.fjordHarbour, statuses.renewalsActive],
    ["proposal SENT", opportunities.acmeExpansion, statuses.salesProposalSent],
    ["  Proposal  sent ", opportunities.acmeExpansion, statuses.salesProposalSent],
  ])("the label %j means the status of the opportunity's own pipeline", async (label, of, status) => {
    await accepted({ id: of, status_id: label });
    expect(sentBodies(sandbox)).toEqual([{ status_id: status }]);
  });

  test("a label that only another pipeline has is refused with the text that moves the opportunity there", async () => {
    const text = await refused({ id, status_id: "churned" });
    expect(text).toContain('there is no status "churned" in the opportunity\'s own pipeline "Sales"');
    expect(text).toContain('Its statuses: "Lost", "Active", "Proposal sent", "Won"');
    expect(text).toContain('To move the opportunity to another pipeline, give "Renewals / Churned"');

    const moved = await accepted({ id, status_id: "Renewals / Churned" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
    expect(moved.summary).toContain("status Active → Churned");
    expect(moved.summary).toContain("pipeline Sales → Renewals");
  });

  test.each(["Lost", "lost", " LOST "])(
    "%j, which is no label, means the own pipeline's one status of that type",
    async (status_id) => {
      await accepted({ id: opportunities.acmeRenewal, status_id });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
    },
  );

  test("a word for a type that several statuses have is refused with all of them", async () => {
    placeInNewPipeline([
      { id: "stat_talking", label: "Talking", type: "active" },
      { id: "stat_signing", label: "Signing", type: "active" },
    ]);
    const text = await refused({ id, status_id: "active" });
    expect(text).toContain('several are of that type: "Talking", "Signing". Ask which is meant');
  });

  test.each(["Renewals / Won", "renewals/won", "Renewals /  WON "])(
    "%j names the status of that pipeline, whatever the opportunity's own",
    async (label) => {
      await accepted({ id, status_id: label });
      expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsWon }]);
    },
  );

  test("a label that no status has is refused with the nearest one and all that are valid", async () => {
    const text = await refused({ id, status_id: "Proposal snet" });
    expect(text).toContain('status_id: there is no status "Proposal snet". Did you mean "Proposal sent"?');
    for (const label of ["Active", "Won", "Lost", "Renewals / In review", "Renewals / Churned"]) {
      expect(text).toContain(JSON.stringify(label));
    }
  });

  test.each(["Renewals / Lost", "Partners / Won"])(
    "%j is refused if that pipeline does not exist or lacks the label",
    async (label) => {
      const text = await refused({ id, status_id: label });
      expect(text).toContain(`there is no status ${JSON.stringify(label)}`);
      expect(text).toContain('"Renewals / Churned"');
    },
  );

  test("a text of 80,000 slashes is refused at once", async () => {
    expect(await refused({ id, status_id: "/".repeat(80_000) })).toContain(
      "status_id: has 80000 characters, and at most 1000 are possible",
    );
  });

  test("a label with a curly quote is found by a straight one", async () => {
    const sales = sandbox.organization.pipelines.find(({ name }) => name === "Sales");
    sales?.statuses.push({ id: "stat_wontclose", label: "Won’t close", type: "lost" });
    await accepted({ id, status_id: "Won't close" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: "stat_wontclose" }]);
  });

  test.each(["not won", "Won't close", "never won", "unwon"])(
    "%j is refused, and Won is not proposed instead",
    async (label) => {
      const text = await refused({ id, status_id: label });
      expect(text).toContain(`there is no status ${JSON.stringify(label)}`);
      expect(text).not.toContain("Did you mean");
    },
  );

  test("a label is refused without its pipeline if the opportunity could not be read", async () => {
    sandbox.fault({
      kind: "answer",
      status: 500,
      method: "GET",
      path: "/opportunity/",
      times: Number.POSITIVE_INFINITY,
    });
    const text = await refused({ id, status_id: "Won" });
    expect(text).toContain('"Sales / Won", "Renewals / Won"');
  });

  test("a label of several other pipelines is refused with the candidates, each of which then works", async () => {
    placeInNewPipeline([{ id: "stat_talking", label: "Talking", type: "active" }]);
    expect(await refused({ id, status_id: "Won" })).toContain('give "Sales / Won", "Renewals / Won"');

    await accepted({ id, status_id: "Renewals / Won" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsWon }]);
  });

  /** Gives the organization a third pipeline and moves the opportunity to its first status. */
  function placeInNewPipeline(its: Pipeline["statuses"]) {
    sandbox.organization.pipelines.push({ id: "pipe_partners", name: "Partners", statuses: its });
    stored(id).status_id = its[0]?.id ?? "";
  }
});
