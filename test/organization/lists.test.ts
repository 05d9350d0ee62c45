import { expect, test } from "vitest";
import { itemById } from "../../src/organization/lists.ts";

const users = [
  { id: "user_a", first_name: "Ada" },
  { id: "user_b", first_name: "Ben" },
  { id: "user_a", first_name: "Second Ada" },
];

test.each<[unknown, string | undefined]>([
  ["user_b", "Ben"],
  ["user_a", "Ada"],
  ["user_c", undefined],
  [7, undefined],
])("the item with the id %j is the first that has it, if any: %s", (id, name) => {
  expect(itemById(users, id)?.first_name).toBe(name);
});
