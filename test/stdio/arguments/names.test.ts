import { expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, statuses, users, contacts } = ids;
/** Sales / Active, owned by Ada Quist, no contact; its lead has Nina Okafor, Leo Park and Leo Marsh. */
const id = opportunities.acmeExpansion;

// It reads the lists for every call, as tests change them.
const { sandbox, accepted, refused } = await serveUpdates(undefined, { forgets: true });

test("status_id that only another pipeline has is refused with the text that moves the opportunity there", async () => {
  const text = await refused({ id, status_id: "churned" });
  expect(text).toContain('there is no status "churned" in the opportunity\'s own pipeline "Sales"');
  expect(text).toContain('Its statuses: "Lost", "');
  expect(text).toContain('To move the opportunity to another pipeline, give "Renewals / Churned"');

  const moved = await accepted({ id, status_id: "Renewals / Churned" });
  expect(sentBodies(sandbox)).toEqual([{ status_id: statuses.renewalsChurned }]);
  expect(moved.summary).toContain('status "Active" → "Churned"');
  expect(moved.summary).toContain('pipeline "Sales" → "Renewals"');
});

test.each(["Eirik Dal", "cont_", users.samDoyle])(
  "contact_id %j, which is none of the lead's contacts, is refused with all of them",
  async (contact_id) => {
    const text = await refused({ id, contact_id });
    expect(text).toContain(`contact_id: there is no contact ${JSON.stringify(contact_id)}`);
    for (const name of ["Nina Okafor", "Leo Park", "Leo Marsh"]) expect(text).toContain(`"${name}"`);
    expect(text).not.toContain(contacts.eirikDal);
  },
);
