import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { User } from "../../src/organization/lists.ts";
import { findContact, findOwner, findUser, personName } from "../../src/organization/people.ts";
import { listOf, namesIn, unreadable } from "../support/known.ts";
import { name, noted, quoted, refusalOf } from "../support/names.ts";

const user = (id: string, first_name: string, last_name: string): User => ({
  id: `user_${id}`,
  first_name,
  last_name,
  email: `${id}@example.com`,
});

describe("a person", () => {
  const users = [
    user("a", "Jordan", "Avery"),
    user("b", "Jordan", "Blake"),
    user("c", "Greg", "O'Neil-Smith"),
    user("d", "Gregory", "Stone"),
    user("e", "Zoë", "Quist"),
    user("f", "Zoë", "Quist"),
  ];
  const find = (text: string) => findUser(text, namesIn({ users }));

  test.each([
    ["Greg", "c", '"Greg O\'Neil-Smith" (c@example.com, user_c)'],
    ["Blake, Jordan", "b", '"Jordan Blake" (b@example.com, user_b)'],
    ["STONE", "d", '"Gregory Stone" (d@example.com, user_d)'],
  ])("is found by some whole words of the name alone, and named: %s", async (text, id, shown) => {
    expect(await noted((note) => findUser(text, namesIn({ users }, { note })))).toEqual({
      found: `user_${id}`,
      notes: [`${JSON.stringify(text)} was read as ${shown}.`],
    });
  });

  test("is not found by a part of the name in a list that was not read whole: others may fit it as well", async () => {
    const cut = namesIn({ users }, { users: { ...listOf(users), isCut: () => true } });
    await expect(findUser("Greg", cut)).rejects.toThrow(
      /"Greg O'Neil-Smith" .* is the only one that fits "Greg" among the first 6 users, and not all could be/,
    );
    expect(await findUser("greg o'neil-smith", cut)).toBe("user_c");
  });

  test("is found without a word by all of the name, the e-mail address or the id", async () => {
    for (const text of ["jordan blake", "B@EXAMPLE.COM", " user_b "]) {
      const found = await noted((note) => findUser(text, namesIn({ users }, { note })));
      expect(found).toEqual({ found: "user_b", notes: [] });
    }
    expect(await find('"Jordan Blake" (b@example.com, user_b)')).toBe("user_b");
  });

  test.each([
    ["Jordan", "a", "b"],
    ["zoe quist", "e", "f"],
    ["Quist", "e", "f"],
  ])("of whom several fit is refused with their e-mail addresses: %s", async (text, one, other) => {
    const problem = await refusalOf(find(text));
    expect(problem).toMatch(new RegExp(`is ambiguous.*user_${one}.*user_${other}`));
    expect(problem.match(/@example\.com/g)).toHaveLength(2);
  });

  test.each(["Jord", "Jordan Smith", "example", "a@example", "", ","])(
    "is not found by anything else: %j",
    async (text) => {
      expect(await refusalOf(find(text))).toContain(`there is no user ${JSON.stringify(text)}`);
    },
  );

  const former = [user("left", "Greta", "Holm")];
  const withFormer = namesIn({ users, former });

  test("who has left is found by name, to search by, and marked so", async () => {
    expect(await noted((note) => findUser("greta", { ...withFormer, note }))).toEqual({
      found: "user_left",
      notes: ['"greta" was read as "Greta Holm" (left@example.com, user_left).'],
    });
    expect(personName("user_left", withFormer.known())).toBe("Greta Holm (has left)");
  });

  test("who has left is refused as an owner, with that reason", async () => {
    expect(await refusalOf(findOwner("Greta Holm", withFormer))).toBe(
      '"Greta Holm" (left@example.com, user_left) has left the organization and can own nothing new',
    );
    expect(await findOwner("Greg", withFormer)).toBe("user_c");
  });

  test("is refused as before if it cannot be looked up who has left", async () => {
    const names = namesIn({ users }, { former: unreadable("former users") });
    expect(await refusalOf(findUser("Greta", names))).toContain('there is no user "Greta"');
  });

  test("whose name another has as well carries the e-mail address, others do not", () => {
    const known = withFormer.known();
    expect(personName("user_e", known)).toBe("Zoë Quist (e@example.com)");
    expect(personName("user_a", known)).toBe("Jordan Avery");
  });

  test("called me is the key's own user, and any id is taken as it is", async () => {
    const names = namesIn({ users, me: [{ id: "user_own" }] }, { users: unreadable("users") });
    expect(await findUser(" Me ", names)).toBe("user_own");
    expect(await findUser("user_gone", names)).toBe("user_gone");
  });

  const contacts = [
    { id: "cont_nina", name: "Nina Okafor", emails: [{ email: "nina@example.com" }, {}] },
    { id: "cont_bare", name: null },
  ];

  test("who is a contact is one of the lead's", async () => {
    const asked: unknown[] = [];
    const contactsOf = (leadId: string | undefined) => {
      asked.push(leadId);
      return listOf(contacts);
    };
    const contact = (text: string) => findContact(text, namesIn({}, { contactsOf }), "lead_x");
    for (const text of ["nina okafor", "NINA@example.com", " cont_nina ", "Okafor"]) {
      expect(await contact(text)).toBe("cont_nina");
    }
    expect(await refusalOf(contact("Leo"))).toBe(
      'there is no contact "Leo" of the opportunity\'s lead. Contacts of the opportunity\'s lead: "Nina Okafor", no name (no e-mail, cont_bare)',
    );
    expect(new Set(asked)).toEqual(new Set(["lead_x"]));
  });

  test("is nobody whose id only stands somewhere in a text: words beside it may turn what is meant around", async () => {
    const all = [user("u4", "Jean", "Roux"), user("u5", "Ada", "Quist")];
    const find = (text: string) => findUser(text, namesIn({ users: all }));
    for (const text of ["anyone but user_u4", "not user_u4", "user_u44 (x)", '"Jean Roux" but not user_u4']) {
      expect(await refusalOf(find(text))).toContain("there is no user");
    }
    expect(await find('"Jean Roux" (u4@example.com, user_u4)')).toBe("user_u4");
  });

  test("whom a refusal shows can be sent back and is found, by id if several share a name", async () => {
    const users = fc
      .array(fc.tuple(name, name), { minLength: 1, maxLength: 5 })
      .map((all) => all.map(([first, last], at) => user(`u${at}`, first, last)));
    await fc.assert(
      fc.asyncProperty(users, async (all) => {
        const find = (text: string) => findUser(text, namesIn({ users: all }));
        const problem = await refusalOf(find("zzzzzzzzzzzzzzzz"));
        const reached = new Set<string>();
        for (const text of [...quoted(problem).slice(1), ...(problem.match(/user_u[0-9]+/g) ?? [])]) {
          const match: string | undefined = await find(text).catch(() => undefined);
          if (match === undefined) expect(await refusalOf(find(text))).toContain("is ambiguous");
          else reached.add(match);
        }
        expect(reached.size).toBe(all.length);
      }),
    );
  });
});
