import { describe, expect, test } from "vitest";
import { instructionsFor } from "../../src/server/instructions.ts";

describe("the instructions", () => {
  test("of a read-only server mention no tool that it does not have", () => {
    expect(instructionsFor({ readOnly: false })).toContain("update_opportunit");
    expect(instructionsFor({ readOnly: true })).not.toContain("update_opportunit");
  });

  test.each([true, false])("are no longer than hosts show, read-only or not: %s", (readOnly) => {
    expect(instructionsFor({ readOnly }).length).toBeLessThanOrEqual(2_048);
  });
});
