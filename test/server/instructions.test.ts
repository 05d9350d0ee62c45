import { describe, expect, test } from "vitest";
import { instructionsFor } from "../../src/server/instructions.ts";

describe("the instructions", () => {
  test("of a server that is read-only although nobody asked for it", () => {
    const readOnlyReason = "CLOSE_READ_ONLY is a template that was not filled in";
    expect(instructionsFor({ readOnly: true, readOnlyReason })).toContain(
      "This server is read-only, because CLOSE_READ_ONLY is a template that was not filled in: no tool",
    );
  });

  test("of a read-only server mention no tool that it does not have", () => {
    expect(instructionsFor({ readOnly: false, readOnlyReason: undefined })).toContain("update_opportunit");
    expect(instructionsFor({ readOnly: true, readOnlyReason: undefined })).not.toContain("update_opportunit");
  });

  test.each([true, false])("are no longer than hosts show, read-only or not: %s", (readOnly) => {
    expect(instructionsFor({ readOnly, readOnlyReason: "x".repeat(200) }).length).toBeLessThanOrEqual(2_048);
  });
});
