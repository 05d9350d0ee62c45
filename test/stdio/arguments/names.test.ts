import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, users, contacts } = ids;
/** Sales / Active, owned by Ada Quist, no contact; its lead has Nina Okafor, Leo Park and Leo Marsh. */
const id = opportunities.acmeExpansion;

// It reads the lists for every call, as tests change them.
const { sandbox, accepted, refused, stored } = await serveUpdates(undefined, { forgets: true });

describe("status_id", () => {
  test.each([
    ["an id", statuses.renewalsInReview, id, statuses.renewalsInReview],
    ["a label of the own pipeline", "Won", opportunities.acmeRenewal, statuses.renewalsWon],
    ["a label in another case and spacing", "  Proposal  SENT ", id, statuses.salesProposalSent],
    ["another pipeline's", "renewals/ WON", id, statuses.renewalsWon],
    ["a type of which there is one", " lost", opportunities.acmeRenewal, statuses.renewalsChurned],
  ])("is found by %s: %s", async (_how, status_id, of, sent) => {
    await accepted({ id: of, status_id });
    expect(sentBodies(sandbox)).toEqual([{ status_id: sent }]);
  });

  test("of which another differs in what is folded away is taken, and a warning names that one", async () => {
    const sales = sandbox.organization.pipelines.find(({ name }) => name === "Sales");
    sales?.statuses.push({ id: "stat_celebrated", label: "Won 🎉", type: "won" });
    const reply = await accepted({ id, status_id: "Won" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.salesWon }]);
    expect(reply.structured.warnings).toEqual([expect.stringMatching(/there is also .*stat_celebrated/)]);
  });

  test("of a field is told apart from a retired one, with what is said of that", async () => {
    const operation = { field: "Import key", action: "set", value: "row-0018" };
    const reply = await accepted({ id, custom_fields: [operation] });
    expect(reply.structured.warnings).toEqual([
      expect.stringMatching(/; there is also "Import Key" \(cf_\w+, text, "Do not use"\)\.$/),
    ]);
  });

  test("that only another pipeline has is refused with the text that moves the opportunity there", async () => {
    const text = await refused({ id, status_id: "churned" });
    expect(text).toContain('there is no status "churned" in the opportunity\'s own pipeline "Sales"');
    expect(text).toContain('Its statuses: "Lost", "');
    expect(text).toContain('To move the opportunity to another pipeline, give "Renewals / Churned"');

    const moved = await accepted({ id, status_id: "Renewals / Churned" });
    expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
    expect(moved.summary).toContain('status "Active" → "Churned"');
    expect(moved.summary).toContain('pipeline "Sales" → "Renewals"');
  });

  test("that is the word for a type of which there are several is refused with all of them", async () => {
    const statuses = ["Talking", "Signing"].map((label) => ({
      id: `stat_${label}`,
      label,
      type: "active" as const,
    }));
    sandbox.organization.pipelines.push({ id: "pipe_partners", name: "Partners", statuses });
    stored(id).status_id = "stat_Talking";
    expect(await refused({ id, status_id: "active" })).toContain(
      'several are of that type: "Talking", "Signing". Choose the one that fits, or ask',
    );
  });

  test.each(["Proposal snet", "Renewals / Lost", "not won"])(
    "that there is not is refused with all that there are: %s",
    async (status_id) => {
      const text = await refused({ id, status_id });
      expect(text).toContain(`status_id: there is no status ${JSON.stringify(status_id)}. Statuses: "`);
      for (const label of ["Active", "Won", "Lost", "Renewals / In review", "Renewals / Churned"]) {
        expect(text).toContain(JSON.stringify(label));
      }
      expect(text.includes('Statuses: "Proposal sent"')).toBe(status_id === "Proposal snet");
    },
  );

  test("needs its pipeline if the opportunity could not be read", async () => {
    sandbox.fault({ kind: "answer", status: 302, method: "GET", path: "/opportunity/" });
    expect(await refused({ id, status_id: "Won" })).toContain('"Sales / Won", "Renewals / Won"');
  });
});

describe("contact_id", () => {
  test.each([
    ["an id", contacts.leoPark],
    ["a name", "leo  park"],
    ["an e-mail address", "Leo.Park@Example.com"],
  ])("is one of the lead's contacts, found by %s", async (_how, contact_id) => {
    const reply = await accepted({ id, contact_id });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
    expect(reply.summary).toContain('contact empty → "Leo Park"');
    expect(reply.structured.warnings).toBeUndefined();
  });

  test.each(["Eirik Dal", "cont_", users.samDoyle])(
    "%j, which is none of the lead's contacts, is refused with all of them",
    async (contact_id) => {
      const text = await refused({ id, contact_id });
      expect(text).toContain(`contact_id: there is no contact ${JSON.stringify(contact_id)}`);
      expect(text).toContain(`"Nina Okafor" (nina.okafor@example.com, ${contacts.ninaOkafor})`);
      expect(text).not.toContain(contacts.eirikDal);
    },
  );
});

describe("user_id", () => {
  test.each([
    ["an id", users.benQuist],
    ["an e-mail address in another case", "Ben.Quist@Example.com"],
    ["a full name in another case and spacing", " ben  QUIST "],
    ["a full name with invisible characters", "Ben\u200d \u00adQuist"],
  ])("is found by %s and sent as an id", async (_what, user_id) => {
    const reply = await accepted({ id, user_id });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.benQuist }]);
    expect(reply.summary).toContain('owner "Ada Quist" → "Ben Quist"');
    expect(reply.structured.warnings).toBeUndefined();
  });

  test("is found by some words of the name if one person alone has them, and a warning says who", async () => {
    const reply = await accepted({ id, user_id: "Ben" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.benQuist }]);
    expect(reply.structured.warnings).toEqual([
      `"Ben" was read as "Ben Quist" (ben.quist@example.com, ${users.benQuist}).`,
    ]);
  });

  test.each(["Sam Doyle", "Sam"])("that two users go by is refused with both: %s", async (user_id) => {
    expect(await refused({ id, user_id })).toContain(
      `user_id: "${user_id}" is ambiguous. It can be "Sam Doyle" (sam.doyle@example.com, ${users.samDoyle}), "Sam Doyle" (sam.doyle.berlin@example.com, ${users.samDoyleBerlin})`,
    );
    await accepted({ id, user_id: "sam.doyle.berlin@example.com" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.samDoyleBerlin }]);
  });

  test("that nobody goes by is refused with all there are, the nearest first", async () => {
    expect(await refused({ id, user_id: "Ben Quits" })).toContain(
      'user_id: there is no user "Ben Quits". Users: "Ben Quist", "Ada Quist", "Sam Doyle" (',
    );
  });
});
