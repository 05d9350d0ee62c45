import { expect, test } from "vitest";
import { updateArguments } from "../../../../src/opportunity/update/arguments.ts";
import { manyArguments } from "../../../../src/opportunity/update/many/arguments.ts";

test("an entry of many takes every argument of update_opportunity, or it holds for the whole call", () => {
  const { updates, stop_after_failures, ...shared } = manyArguments.shape;
  const ofEntry = Object.keys(updates.element.shape).filter((name) => name !== "ids");
  expect(new Set([...ofEntry, ...Object.keys(shared)])).toEqual(new Set(Object.keys(updateArguments.shape)));
});
