import { describe, expect, test } from "vitest";
import { itemById, type Lookup, type User } from "../../src/organization/lists.ts";

const users: Lookup<User> = {
  state: "read",
  items: [
    { id: "user_a", first_name: "Ada" },
    { id: "user_b", first_name: "Ben" },
    { id: "user_a", first_name: "Second Ada" },
  ],
  fresh: true,
};

describe("the item with an id", () => {
  test.each<[string, unknown, string | undefined]>([
    ["is the one that has it", "user_b", "Ben"],
    ["is the first that has it", "user_a", "Ada"],
    ["is none if none has it", "user_c", undefined],
    ["is none if the id is no text", 7, undefined],
  ])("%s", (_, id, name) => {
    expect(itemById(users, id)?.first_name).toBe(name);
  });

  test("is none if the list could not be read", () => {
    expect(
      itemById<User>({ state: "failed", reason: "forbidden", isPassing: false }, "user_a"),
    ).toBeUndefined();
  });
});
