import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod/v3";
import type { JsonObject } from "../../src/base/json.ts";
import { argumentReader } from "../../src/mcp/argument-reader.ts";
import { updateArguments } from "../../src/opportunity/update/arguments.ts";
import { updateReading } from "../../src/opportunity/update/misnamed-arguments.ts";
import { nested } from "../support/hostile-values.ts";

const known = Object.keys(updateArguments.shape);
const read = argumentReader(updateArguments, updateReading);

const keys = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom("__proto__", "constructor", "toString", "status", "custom.cf_x", "lead_id", ""),
  fc.string(),
);
const values = fc.oneof(
  fc.jsonValue(),
  fc.json(),
  fc.constantFrom("oppo_x", "cont_x", "50000", "true", "2026-11-23", ["note"], '["note"]'),
  fc.array(
    fc.record({ field: fc.jsonValue(), action: fc.jsonValue(), value: fc.jsonValue() }, { requiredKeys: [] }),
  ),
);
/** Any JSON object that a host could send as arguments. */
const objects: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(keys, values), { maxLength: 12 })
  .map((entries) => Object.fromEntries(entries));

describe("whatever JSON object is given as arguments", () => {
  test("every unknown argument is named in a mistake", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const named = read(raw).mistakes.map(({ argument }) => argument);
        expect(named).toEqual(expect.arrayContaining(Object.keys(raw).filter((key) => !known.includes(key))));
      }),
      { numRuns: 1000 },
    );
  });

  test("every known argument is read, named in a mistake or ignored as empty", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const { partial, mistakes, ignored } = read({ ...raw, id: "oppo_x" });
        const accounted = [
          ...Object.keys(partial),
          ...ignored.stray,
          ...ignored.ofHost,
          ...mistakes.map(({ argument }) => argument),
        ];
        for (const key of Object.keys(raw).filter((name) => known.includes(name))) {
          // A mistake within a list is named by its place: clear[0], custom_fields[1].action.
          expect(accounted.map((name) => name.replace(/\[.*/, ""))).toContain(key);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("there are arguments to go on with, or mistakes that say why not, and never both", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const { args, mistakes } = read(raw);
        expect(args === undefined).toBe(mistakes.length > 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("of arguments with mistakes", () => {
  /** Parts of a list, each with what is read of it, and the places of its mistakes. */
  const parts = fc.array(
    fc.oneof(
      fc.string({ minLength: 1 }).map((field) => ({
        given: { field: `x${field}`, action: "unset" },
        read: { field: `x${field}`.trim(), action: "unset" },
        places: [],
      })),
      fc.constantFrom(
        { given: "Seats", read: undefined, places: [""] },
        {
          given: { field: "Seats", action: "sett", value: ["7"] },
          read: { field: "Seats", value: ["7"], mistaken: ["action"] },
          places: [".action"],
        },
        {
          given: { field: "Seats", action: "set", value: [7, true, "8"], colour: "red" },
          read: {
            field: "Seats",
            action: "set",
            value: ["7", undefined, "8"],
            mistaken: ["value", "colour"],
          },
          places: [".value[1]", ".colour"],
        },
        { given: { field: "Seats" }, read: { field: "Seats", mistaken: ["action"] }, places: [".action"] },
      ),
    ),
    { minLength: 1, maxLength: 20 },
  );

  test("all that can be read is kept in its place, and what is mistaken is named there", () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(5, "5", "five"), (list, value) => {
        const { args, partial, mistakes } = read({
          id: "oppo_x",
          custom_fields: list.map(({ given }) => given),
          value,
        });
        const isMistaken = list.some(({ places }) => places.length > 0);
        const mistaken = [...(isMistaken ? ["custom_fields"] : []), ...(value === "five" ? ["value"] : [])];
        expect(partial).toEqual({
          id: "oppo_x",
          custom_fields: list.map((part) => part.read),
          ...(value !== "five" && { value: 5 }),
          ...(mistaken.length > 0 && { mistaken }),
        });
        expect(mistakes.map(({ argument }) => argument)).toEqual([
          ...list.flatMap(({ places }, at) => places.map((place) => `custom_fields[${at}]${place}`)),
          ...(value === "five" ? ["value"] : []),
        ]);
        expect(args).toEqual(mistaken.length > 0 ? undefined : partial);
      }),
    );
  });

  test("the first entries of a list that is too long are read as well", () => {
    const custom_fields = Array.from({ length: 201 }, (_, at) => ({ field: `${at}`, action: "unset" }));
    const { args, partial } = read({ id: "oppo_x", custom_fields });
    expect(args).toBeUndefined();
    expect(partial).toEqual({
      id: "oppo_x",
      custom_fields: custom_fields.slice(0, 200),
      mistaken: ["custom_fields"],
    });
  });
});

test("text for a whole number is taken exactly or not at all", () => {
  const texts = fc.oneof(
    fc.bigInt({ min: -20n, max: 2n ** 70n }).map(String),
    fc.double().map(String),
    fc
      .tuple(fc.nat(), fc.constantFrom(".0", ".5", "e2", " ", "%", ",000"))
      .map(([number, end]) => number + end),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { args, mistakes, ignored } = read({ id: "oppo_x", value: text });
      if (args?.value === undefined) {
        expect([...ignored.stray, ...mistakes.map(({ argument }) => argument)]).toEqual(["value"]);
      } else {
        expect(BigInt(args.value)).toBe(BigInt(text));
      }
    }),
    { numRuns: 1000, examples: [["50000"], ["9007199254740991"], ["9007199254740993"], ["500.00"]] },
  );
});

describe("what counts as not given", () => {
  const strays = fc.constantFrom<unknown>(
    null,
    "",
    "  ",
    "null",
    "None",
    "undefined",
    "nil",
    "<nil>",
    "NULL",
    " None ",
  );
  const optional = known.filter((name) => name !== "id");

  test("is null, blank text and the words that programs make of null, for every argument", () => {
    fc.assert(
      fc.property(fc.constantFrom(...optional), strays, (name, stray) => {
        expect(read({ id: "oppo_x", [name]: stray })).toMatchObject({
          args: { id: "oppo_x" },
          mistakes: [],
          ignored: { stray: [name] },
        });
      }),
    );
  });

  test("is a list of nothing else, empty operations included, also as JSON text", () => {
    const lists = fc.array(
      fc.oneof(strays, fc.constant({}), fc.record({ field: strays, action: strays, value: strays })),
    );
    fc.assert(
      fc.property(fc.constantFrom("clear", "custom_fields"), lists, fc.boolean(), (name, list, isText) => {
        const { mistakes, ignored } = read({ id: "oppo_x", [name]: isText ? JSON.stringify(list) : list });
        expect({ mistakes, ignored }).toMatchObject({ mistakes: [], ignored: { stray: [name] } });
      }),
    );
  });

  test.each([null, "", "None", "null"])("leaves a required argument missing: %j", (id) => {
    expect(read({ id, value: 1 }).mistakes).toEqual([{ argument: "id", problem: "is required" }]);
  });

  test.each(["None", "null", "undefined", "NULL"])(
    "is not %j as a value of a custom field, or as its name",
    (text) => {
      const operation = { field: text, action: "set", value: text };
      expect(read({ id: "oppo_x", custom_fields: [operation] }).args).toMatchObject({
        custom_fields: [{ ...operation, value: [text] }],
      });
    },
  );

  test.each([null, "", [], [""], [null]])("is %j as a value of a custom field", (value) => {
    const { args, mistakes } = read({
      id: "oppo_x",
      custom_fields: [{ field: "Seats", action: "unset", value }],
    });
    expect({ args, mistakes }).toEqual({
      args: { id: "oppo_x", custom_fields: [{ field: "Seats", action: "unset" }] },
      mistakes: [],
    });
  });

  test("is not text that only contains such a word", () => {
    for (const note of ["None of them called", "nullable", "<nil> was printed"]) {
      expect(read({ id: "oppo_x", note }).args).toMatchObject({ note });
    }
  });
});

describe("keys that hosts add", () => {
  const added = [
    ...["toolCallId", "tool_call_id", "task_progress", "sessionId", "chatInput", "action", "tool", "_meta"],
    ...[
      "wait_for_previous",
      "security_context",
      "session_id",
      "conversation_id",
      "thread",
      "requires_approval",
    ],
  ];

  test.each(added)("%s is ignored, whatever it holds", (key) => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { args, mistakes, ignored } = read({ id: "oppo_x", value: 1, [key]: value });
        expect({ args, mistakes, ofHost: ignored.ofHost }).toEqual({
          args: { id: "oppo_x", value: 1 },
          mistakes: [],
          ofHost: [key],
        });
      }),
      { numRuns: 20 },
    );
  });

  test.each(["toolcallid", "ToolCallId", "task-progress", "actions", "tool_", "meta"])(
    "are known by their exact names: %s is not one",
    (key) => {
      expect(read({ id: "oppo_x", value: 1, [key]: "x" }).mistakes).toHaveLength(1);
    },
  );

  test("are not ignored inside an operation", () => {
    const operation = { field: "Seats", action: "set", value: "7", sessionId: "x" };
    expect(read({ id: "oppo_x", custom_fields: [operation] }).mistakes).toEqual([
      { argument: "custom_fields[0].sessionId", problem: expect.stringContaining("unknown argument") },
    ]);
  });

  test("are arguments of a tool that has arguments of these names", () => {
    const own = argumentReader(z.object({ action: z.string(), sessionId: z.number().optional() }));
    expect(own({ action: "go", sessionId: "7" })).toMatchObject({
      args: { action: "go", sessionId: 7 },
      ignored: { ofHost: [] },
    });
  });
});

describe("the value of a custom field", () => {
  const readValue = (value: unknown) =>
    read({ id: "oppo_x", custom_fields: [{ field: "Seats", action: "set", value }] });

  test.each<[unknown, string[]]>([
    ["7", ["7"]],
    [7, ["7"]],
    [0, ["0"]],
    [7.5, ["7.5"]],
    [
      ["a", 7],
      ["a", "7"],
    ],
    ["[1]", ["[1]"]],
    ["1e3", ["1e3"]],
  ])("is a list of texts: %j is read as %j", (value, texts) => {
    expect(readValue(value)).toMatchObject({ args: { custom_fields: [{ value: texts }] }, mistakes: [] });
  });

  test("is taken exactly, or not at all, if it is a number", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Infinity, -Infinity, 10 ** 21, 2 ** 53)),
        (number) => {
          for (const value of [number, [number]]) {
            const { args, mistakes } = readValue(value);
            const [text] = args?.custom_fields?.[0]?.value ?? [];
            const isLost = !Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER;
            if (isLost) expect(mistakes[0]?.problem).toContain("too large to be kept exactly");
            else expect(Number(text)).toBe(number === 0 ? 0 : number);
          }
        },
      ),
    );
  });

  test.each([true, { a: 1 }, [true], [["a"]], [{ a: 1 }], ["a", null]])(
    "is nothing else: %j is refused",
    (value) => {
      expect(readValue(value).mistakes).toEqual([
        {
          argument: expect.stringMatching(/^custom_fields\[0\]\.value/),
          problem: expect.stringContaining("must be"),
        },
      ]);
    },
  );
});

describe("texts that were not UTF-8", () => {
  const withoutHalves = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\ufffd"));

  test("are refused wherever in an argument they break off", () => {
    fc.assert(
      fc.property(
        withoutHalves,
        withoutHalves,
        fc.constantFrom("\ufffd", "\ud83d", "\udc00"),
        (start, end, broken) => {
          const { mistakes } = read({ id: "oppo_x", note: `${start}x${broken} ${end}` });
          expect(mistakes).toEqual([{ argument: "note", problem: expect.stringContaining("was not UTF-8") }]);
        },
      ),
    );
  });

  test("are not those with characters outside the basic plane", () => {
    expect(read({ id: "oppo_x", note: "👩‍👩‍👧 𝒳 ﷺ" })).toMatchObject({ mistakes: [] });
  });
});

describe("bounds", () => {
  const bounds: [string, number, (length: number) => JsonObject][] = [
    ["a name or an id", 1_000, (length) => ({ user_id: "x".repeat(length) })],
    ["a note", 1_000_000, (length) => ({ note: "x".repeat(length) })],
    ["a value of a custom field", 1_000_000, (length) => operation({ value: "x".repeat(length) })],
    ["a field's name", 1_000, (length) => operation({ field: "x".repeat(length), value: "x" })],
    ["the values of an operation", 1_000, (length) => operation({ value: Array(length).fill("x") })],
    [
      "operations",
      200,
      (length) => ({ custom_fields: Array(length).fill({ field: "Seats", action: "unset" }) }),
    ],
    ["fields to clear", 200, (length) => ({ clear: Array(length).fill("note") })],
  ];
  const operation = (given: JsonObject) => ({ custom_fields: [{ field: "Seats", action: "set", ...given }] });

  test.each(bounds)("of %s: %d are taken, and no more", (_what, max, make) => {
    expect(read({ id: "oppo_x", ...make(max) }).mistakes).toEqual([]);
    expect(read({ id: "oppo_x", ...make(max + 1) }).mistakes).toEqual([
      { argument: expect.any(String), problem: expect.stringContaining(`at most ${max} are possible`) },
    ]);
  });

  test("keep every mistake's text short, however large and deep the argument is", () => {
    const huge = fc.constantFrom<unknown>(
      "x".repeat(1_000_000),
      "/".repeat(80_000),
      `${"1".repeat(100_000)}x`,
      "[".repeat(1_000_000),
      "\ufdfa".repeat(100_000),
      nested(100_000),
      Array(100_000).fill("x"),
      Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`custom.cf_${at}`, nested(50)])),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...known, "custom.cf_x", "Seats", "name", "notes", "tags"),
        huge,
        (name, value) => {
          for (const { argument, problem } of read({ id: "oppo_x", [name]: value }).mistakes) {
            expect(argument.length).toBeLessThan(300);
            expect(problem.length).toBeLessThan(8_000);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the work that a text causes", () => {
  /** How many characters regular expressions were tried on, those of other code included. */
  function triedCharacters(run: () => void): number {
    let tried = 0;
    const exec = RegExp.prototype.exec;
    const spy = vi.spyOn(RegExp.prototype, "exec").mockImplementation(function (this: RegExp, text) {
      const start = this.global || this.sticky ? this.lastIndex : 0;
      const found: RegExpExecArray | null = Reflect.apply(exec, this, [text]);
      const end = found === null || !(this.global || this.sticky) ? text.length : this.lastIndex;
      tried += end - start;
      return found;
    });
    try {
      run();
    } finally {
      spy.mockRestore();
    }
    return tried;
  }

  test("is counted", () => {
    expect(triedCharacters(() => /y/.test("x".repeat(500)))).toBe(500);
    expect(triedCharacters(() => "x".repeat(500).replace(/x/g, "y"))).toBe(500);
  });

  const characters = fc.constantFrom(
    "/",
    "<",
    "[",
    " ",
    "1",
    "a",
    "\ufdfa",
    "a ",
    "a\u0301",
    "'’",
    "\u200b",
    "\\",
    '"',
  );
  const lengths = fc.constantFrom(10, 999, 1_001, 50_000, 999_999, 1_500_000);

  test("grows with its length only, for any argument", () => {
    const names = fc.constantFrom(...known, "custom.cf_x", "Seats", "name", "notes");
    fc.assert(
      fc.property(names, characters, lengths, fc.constantFrom("", "x"), (name, character, length, end) => {
        const text = character.repeat(length / character.length) + end;
        const tried = triedCharacters(() => read({ id: "oppo_x", [name]: text }));
        expect(tried).toBeLessThan(10 * text.length + 100_000);
        if (!name.startsWith("note") && length > 1_000) expect(tried).toBeLessThan(3 * text.length + 100_000);
      }),
      { numRuns: 300 },
    );
  });

  test("of a long argument name grows with its length only, too", () => {
    fc.assert(
      fc.property(characters, (character) => {
        const name = character.repeat(1_000_000);
        expect(triedCharacters(() => read({ id: "oppo_x", [name]: "x" }))).toBeLessThan(3_000_000);
      }),
    );
  });
});
