import { describe, expect, test } from "vitest";
import { ids } from "../../../src/sandbox/sandbox.ts";
import { sentBodies } from "../../support/host.ts";
import { serveUpdates } from "../../support/updates.ts";

const { opportunities, users, contacts } = ids;
/** No contact; its lead has Nina Okafor, Leo Park and Leo Marsh. */
const id = opportunities.acmeExpansion;

const { sandbox, accepted, refused } = await serveUpdates();

describe("contact_id", () => {
  test("a cont_… id is sent as it is, and shown by name", async () => {
    const reply = await accepted({ id, contact_id: contacts.leoPark });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
    expect(reply.summary).toContain("contact empty → Leo Park");
  });

  test.each([
    ["name", "leo  park"],
    ["e-mail address", "Leo.Park@Example.com"],
  ])("a contact of the lead is found by %s", async (_how, contact_id) => {
    await accepted({ id, contact_id });
    expect(sentBodies(sandbox)).toEqual([{ contact_id: contacts.leoPark }]);
  });

  test("a dry run shows the contact by name", async () => {
    const reply = await accepted({ id, contact_id: "leo park", dry_run: true });
    expect(reply.summary).toContain("contact empty → Leo Park");
  });

  test.each(["Eirik Dal", "cont_", users.samDoyle])(
    "%j, which is none of the lead's contacts, is refused with all of them",
    async (contact_id) => {
      const text = await refused({ id, contact_id });
      expect(text).toContain(`contact_id: there is no contact ${JSON.stringify(contact_id)}`);
      expect(text).toContain(`"Nina Okafor" (nina.okafor@example.com, ${contacts.ninaOkafor})`);
      expect(text).toContain(`"Leo Park" (leo.park@example.com, ${contacts.leoPark})`);
      expect(text).not.toContain(contacts.eirikDal);
    },
  );

  test("a first name that two contacts have is refused with both", async () => {
    const text = await refused({ id, contact_id: "Leo" });
    expect(text).toMatch(/"Leo" matches "Leo Park" \(.*\) and "Leo Marsh" \(.*\): ask which is meant/);
    expect(text).not.toContain("Did you mean");
  });
});

describe("user_id", () => {
  test.each([
    ["an id", users.benQuist],
    ["an e-mail address", "ben.quist@example.com"],
    ["an e-mail address in another case", "Ben.Quist@Example.com"],
    ["a full name", "Ben Quist"],
    ["a full name in another case and spacing", " ben  QUIST "],
    ["a full name with invisible characters", "Ben\u200d \u00adQuist"],
  ])("a user is found by %s and sent as an id", async (_what, user_id) => {
    const reply = await accepted({ id, user_id });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.benQuist }]);
    expect(reply.summary).toContain("owner Ada Quist → Ben Quist");
  });

  test("a name that two users have is refused with the e-mail address and id of both", async () => {
    const text = await refused({ id, user_id: "Sam Doyle" });
    expect(text).toContain('user_id: "Sam Doyle" is ambiguous');
    expect(text).toContain(`"Sam Doyle" (sam.doyle@example.com, ${users.samDoyle})`);
    expect(text).toContain(`"Sam Doyle" (sam.doyle.berlin@example.com, ${users.samDoyleBerlin})`);
  });

  test("an e-mail address decides between two users of one name", async () => {
    await accepted({ id, user_id: "sam.doyle.berlin@example.com" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.samDoyleBerlin }]);
  });

  test("a name that nobody has is refused with the nearest one and all there are", async () => {
    const text = await refused({ id, user_id: "Ben Quits" });
    expect(text).toContain('user_id: there is no user "Ben Quits". Did you mean "Ben Quist"?');
    expect(text).toContain('"Ada Quist"');
  });

  test("me is the user whose key it is", async () => {
    await accepted({ id: opportunities.blueHeronShop, user_id: "me" });
    expect(sentBodies(sandbox)).toEqual([{ user_id: users.adaQuist }]);
  });

  test.each(["Quist", "quist", "Sam"])(
    "%j, which is part of several names, is refused with all of those",
    async (user_id) => {
      const text = await refused({ id, user_id });
      expect(text).toMatch(/matches .* and .*: ask which is meant/);
      expect(text).not.toContain("Did you mean");
    },
  );

  test("a first name alone is not taken for a full name", async () => {
    expect(await refused({ id, user_id: "Ben" })).toContain(
      'there is no user "Ben". Did you mean "Ben Quist"?',
    );
  });
});
