import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod/v3";
import type { JsonObject } from "../../src/base/json.ts";
import { argumentReader } from "../../src/mcp/arguments.ts";
import { unwrapped } from "../../src/mcp/mistakes.ts";
import { updateArguments, updateReading } from "../../src/opportunity/update/arguments.ts";
import { manyArguments, manyReading } from "../../src/opportunity/update/many/arguments.ts";
import { operationWords, updateWords } from "../../src/opportunity/words.ts";
import { toolsFor } from "../../src/tools/index.ts";
import { nested } from "../support/hostile-values.ts";

const known = Object.keys(updateArguments.shape);
const optional = known.filter((name) => name !== "id");
const reader = argumentReader(updateArguments, updateReading);
const read = (given: JsonObject) => reader({ id: "oppo_x", ...given });
/** What is said of one argument that is refused. */
const problemOf = (given: JsonObject) => {
  const { args, mistakes } = read(given);
  expect([args, mistakes]).toEqual([undefined, [expect.anything()]]);
  return mistakes[0]?.problem ?? "";
};

const words = ["  ", "null", "None", "undefined", "nil", "<nil>", " NULL "];
const strays = fc.constantFrom<unknown>(null, "", ...words);

describe("whatever JSON object is given as arguments", () => {
  const keys = fc.oneof(
    fc.constantFrom(...known, "status", "amount", "sessionId", "custom.cf_x", "lead_id", ""),
    fc.constantFrom("__proto__", "constructor", "toString"),
    fc.string(),
  );
  const values = fc.oneof(
    fc.jsonValue(),
    fc.json(),
    fc.constantFrom("oppo_x", "50000", "true", "2026-11-23", ["note"], '["note"]', { Seats: 55 }),
    fc.array(fc.dictionary(fc.constantFrom("field", "action", "value", "name"), fc.jsonValue())),
  );
  const objects = fc.array(fc.tuple(keys, values), { maxLength: 12 }).map((all) => Object.fromEntries(all));

  test("there are arguments to go on with, or mistakes that say why not, and none is dropped in silence", () => {
    fc.assert(
      fc.property(objects, (raw) => {
        const { args, mistakes, notes, empty } = reader(raw);
        expect(args === undefined).toBe(mistakes.length > 0);
        const named = new Set([...mistakes.map(({ argument }) => argument), ...empty]);
        for (const key of Object.keys(raw).filter((each) => !known.includes(each))) {
          expect(named.has(key) || notes.join(" ").includes(key)).toBe(true);
        }
        for (const key of Object.keys(raw).filter((each) => args !== undefined && known.includes(each))) {
          expect(empty.includes(key) || Object.hasOwn(args ?? {}, key)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  const huge: unknown[] = [
    "x".repeat(1_000_000),
    `${"1".repeat(100_000)}x`,
    "[".repeat(1_000_000),
    "\ufdfa".repeat(100_000),
    nested(1_000),
    Array(100_000).fill("x"),
    Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`custom.cf_${at}`, nested(50)])),
  ];

  test("every mistake's text is short, however large and deep the argument is", () => {
    for (const name of ["id", "note", "value", "clear", "custom_fields", "notes", "x".repeat(100_000)]) {
      for (const value of huge) {
        for (const { argument, problem } of read({ [name]: value }).mistakes) {
          expect(argument.length).toBeLessThan(300);
          expect(problem.length).toBeLessThan(8_000);
        }
      }
    }
  });
});

describe("another word for an argument", () => {
  const spellings = ["date_won", "dateWon", "Date-Won", "close date", "expectedCloseDate", "closing_date"];

  test.each(spellings)("is understood in any spelling, and said: %s", (word) => {
    const { args, notes } = read({ [word]: "2026-11-23" });
    expect(args).toEqual({ id: "oppo_x", date_won: "2026-11-23" });
    expect(notes).toEqual(word === "date_won" ? [] : [`${word} was read as date_won.`]);
  });

  test("is understood by the table of words, in operations as well", () => {
    const values: JsonObject = {
      date_won: "2026-11-23",
      value_period: "annual",
      confidence: 5,
      value: 5,
      dry_run: true,
    };
    Object.assign(values, { clear: ["note"], custom_fields: [{ field: "Seats", action: "unset" }] });
    for (const [word, key] of updateWords.understood ?? []) {
      if (key === "id") continue;
      const value = values[key] ?? "x";
      const { args, notes } = read({ [word]: value });
      expect([args, notes]).toEqual([{ id: "oppo_x", [key]: value }, [`${word} was read as ${key}.`]]);
    }
    for (const [word, key] of operationWords.understood ?? []) {
      const operation = { field: "Seats", action: "set", value: ["x"], [key]: undefined, [word]: "set" };
      const { args, notes } = read({ custom_fields: [operation] });
      expect(args?.custom_fields?.[0]).toMatchObject({ [key]: key === "value" ? ["set"] : "set" });
      expect(notes).toEqual([`custom_fields[0].${word} was read as ${key}.`]);
    }
    expect(reader({ opportunityId: "oppo_x" }).args).toEqual({ id: "oppo_x" });
  });

  test("beside that argument, or a second such word, is refused: one of them would be dropped", () => {
    const problem = "is another word for status_id, which is given as well";
    expect(problemOf({ status: "Won", status_id: "Lost" })).toBe(problem);
    expect(problemOf({ status_id: "Won", status: "Lost" })).toBe(problem);
    expect(problemOf({ status: "Won", stage: "Lost" })).toBe(problem);
    expect(read({ status: "Won", status_id: null }).args).toEqual({ id: "oppo_x", status_id: "Won" });
  });

  test("is none where the argument has another place", () => {
    const many = argumentReader(manyArguments, manyReading)({ updates: [{ ids: ["oppo_x"], value: 1, why: "x" }] });
    expect(many.mistakes).toMatchObject([
      { argument: "updates[0].why", problem: expect.stringMatching(/^unknown arg/) },
    ]);
  });

  test("that could mean two things is never guessed: the table says what to send", () => {
    for (const [word, problem] of updateWords.refused ?? []) {
      if (word === "action" || updateWords.understood.has(word)) continue;
      expect(problemOf({ [word]: "12.5" })).toBe(typeof problem === "string" ? problem : problem("12.5"));
    }
    expect(problemOf({ Notes: "Call" })).toBe("Send note_append to add to the note, or note to replace it");
  });

  test("that nobody knows is refused, and the known ones are named once a call, the nearest first", () => {
    const { mistakes } = read({ confidance: 5, colour: "red" });
    const [first = "", second = ""] = mistakes.map(({ problem }) => problem);
    expect(first).toMatch(/^unknown argument\. Known: confidence, .*If it is a custom field, send custom_fields/);
    for (const name of known) expect(first).toContain(name);
    expect(second).toMatch(/^unknown argument\. If it is a custom field/);
  });
});

describe("custom_fields", () => {
  const set = (field: string, ...value: string[]) => ({ field, action: "set", value });

  test.each<[string, unknown, unknown[]]>([
    ["a list", [set("Seats", "55")], [set("Seats", "55")]],
    ["a map", { Seats: 55, "custom.cf_x": ["a", "b"] }, [set("Seats", "55"), set("custom.cf_x", "a", "b")]],
    ["one operation", { field: "Seats", action: "unset" }, [{ field: "Seats", action: "unset" }]],
    ["one in other words", { name: "Seats", op: "set", values: [55] }, [set("Seats", "55")]],
    ["JSON text", '[{"field": "Seats", "action": "set", "value": 55}]', [set("Seats", "55")]],
    ["JSON text of a map", '{"Seats": 55}', [set("Seats", "55")]],
  ])("can be %s", (what, given, operations) => {
    const { args, notes } = read({ custom_fields: given });
    expect(args?.custom_fields).toEqual(operations);
    const isList = Array.isArray(given) || what === "JSON text";
    const said = operations.length > 1 ? "custom_fields was read as a list of 2." : "custom_fields was read as a list.";
    expect(notes.includes(said)).toBe(!isList);
  });

  test("of another form are refused with what an operation looks like", () => {
    const operation = '{"field": "…", "action": "set", "value": ["…"]}';
    expect(problemOf({ custom_fields: "Seats" })).toContain(`a list of operations, such as [${operation}]`);
    expect(problemOf({ custom_fields: ["Seats"] })).toBe(`must be an operation such as ${operation}`);
  });

  const readValue = (value: unknown) => read({ custom_fields: [{ field: "Seats", action: "set", value }] });

  test("have a list of texts for a value, and nothing else", () => {
    const textsOf = (value: unknown) => readValue(value).args?.custom_fields?.[0]?.value;
    expect(["7", 7.5, "[1]", "None", ["a", 0]].map(textsOf)).toEqual([["7"], ["7.5"], ["[1]"], ["None"], ["a", "0"]]);
    for (const value of [true, { a: 1 }, [true], [["a"]], ["a", null]]) {
      const [mistake, ...others] = readValue(value).mistakes;
      expect([mistake?.argument, others]).toEqual([expect.stringMatching(/^custom_fields\[0\]\.value/), []]);
      expect(mistake?.problem).toContain("must be");
    }
  });

  test("take a number exactly, or not at all", () => {
    const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Infinity, 10 ** 21, 2 ** 53));
    fc.assert(
      fc.property(numbers, fc.boolean(), (number, isList) => {
        const { args, mistakes } = readValue(isList ? [number] : number);
        const isLost = !Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER;
        if (isLost) expect(mistakes[0]?.problem).toContain("too large to be kept exactly");
        else expect(Number(args?.custom_fields?.[0]?.value?.[0])).toBe(number === 0 ? 0 : number);
      }),
    );
  });
});

test("text for a whole number is taken exactly or not at all", () => {
  const texts = fc.oneof(
    fc.bigInt({ min: -20n, max: 2n ** 70n }).map(String),
    fc
      .tuple(fc.nat(), fc.constantFrom(".0", ".5", ".000", "e2", " ", "%", ",000", " 000", "k"))
      .map((parts) => parts.join("")),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { args, mistakes, empty } = read({ value: text });
      if (args?.value !== undefined) expect(BigInt(args.value)).toBe(BigInt(text));
      else expect([...empty, ...mistakes.map(({ argument }) => argument)]).toEqual(["value"]);
    }),
    { numRuns: 300, examples: [["50000"], ["9007199254740991"], ["9007199254740993"], ["500.00"]] },
  );
});

describe("what counts as not given", () => {
  test("is null, blank text and the words that programs make of null, for every argument", () => {
    fc.assert(
      fc.property(fc.constantFrom(...optional), strays, (name, stray) => {
        const { args, empty } = read({ [name]: stray });
        expect([args, empty]).toEqual([{ id: "oppo_x" }, [name]]);
      }),
    );
    expect(reader({ id: "None" }).mistakes).toEqual([
      { argument: "id", problem: "is required: find_opportunities gives it" },
    ]);
  });

  test("is a list of nothing else, empty operations included, also as JSON text", () => {
    const lists = fc.array(fc.oneof(strays, fc.constant({}), fc.record({ field: strays, value: strays })));
    fc.assert(
      fc.property(fc.constantFrom("clear", "custom_fields"), lists, fc.boolean(), (name, list, isText) => {
        const { mistakes, empty } = read({ [name]: isText ? JSON.stringify(list) : list });
        expect({ mistakes, empty }).toEqual({ mistakes: [], empty: [name] });
      }),
    );
  });

  test("is an empty value of a custom field", () => {
    for (const value of [null, "", [], [""], [null]]) {
      const { args } = read({ custom_fields: [{ field: "Seats", action: "unset", value }] });
      expect(args?.custom_fields).toEqual([{ field: "Seats", action: "unset" }]);
    }
  });

  test("is not text that only contains such a word", () => {
    for (const note of ["None of them called", "nullable"]) expect(read({ note }).args).toMatchObject({ note });
  });

  test("does not make a form of it: every argument, several empty and a number 0, is refused", () => {
    const form = Object.fromEntries(known.map((name) => [name, ["value", "confidence"].includes(name) ? 0 : ""]));
    const { argument, problem } = read({ ...form, id: "oppo_x" }).mistakes[0] ?? {};
    expect([argument, problem]).toEqual(["arguments", expect.stringContaining("as if to fill in a form")]);
    expect(read({ value: 0, note: "", note_html: "", user_id: "" }).mistakes).toEqual([]);
    const { id, time_zone, dry_run, ...entry } = form;
    const readMany = argumentReader(manyArguments, manyReading);
    for (const named of [{ ids: ["oppo_x"] }, { id: "oppo_x" }, { id: "oppo_x", ids: "" }]) {
      const [mistake] = readMany({ updates: [{ ...entry, ...named }] }).mistakes;
      expect([mistake?.argument, mistake?.problem]).toEqual(["updates[0]", problem]);
    }
  });
});

describe("keys that hosts add", () => {
  const added = ["toolCallId", "tool_call_id", "task_progress", "sessionId", "chatInput", "action", "_meta"];

  test("are ignored, whatever they hold, and named", () => {
    fc.assert(
      fc.property(fc.constantFrom(...added), fc.jsonValue(), (key, value) => {
        const { args, mistakes, notes } = read({ value: 1, [key]: value });
        expect([args, mistakes]).toEqual([{ id: "oppo_x", value: 1 }, []]);
        expect(notes).toEqual([`Ignored, because added by the host: ${key}.`]);
      }),
    );
  });

  test("are known by their exact names, and at the top alone", () => {
    for (const key of ["toolcallid", "task-progress", "actions"]) problemOf({ [key]: "x" });
    problemOf({ custom_fields: [{ field: "Seats", action: "set", value: "7", sessionId: "x" }] });
  });

  test("are arguments of a tool that has arguments of these names", () => {
    const own = argumentReader(z.object({ action: z.string(), sessionId: z.number() }), new Map());
    expect(own({ action: "go", sessionId: "7" }).args).toEqual({ action: "go", sessionId: 7 });
  });
});

describe("bounds", () => {
  const operation = (given: JsonObject) => ({ custom_fields: [{ field: "Seats", action: "set", ...given }] });

  test.each<[number, (length: number) => JsonObject]>([
    [1_000, (length) => ({ user_id: "x".repeat(length) })],
    [1_000_000, (length) => ({ note: "x".repeat(length) })],
    [1_000, (length) => operation({ value: Array(length).fill("x") })],
    [200, (length) => ({ clear: Array(length).fill("note") })],
  ])("%i are taken, and no more", (max, make) => {
    expect(read(make(max)).mistakes).toEqual([]);
    expect(problemOf(make(max + 1))).toContain(`at most ${max} are possible`);
  });
});

describe("whatever a value is, what is wrong with it is said in words of our own", () => {
  const values = [null, true, [], ["x"], { a: 1 }, -1, 1.5, 1e300, Number.NaN, "", "x", "2026-02-30", "12.5"];

  test.each(toolsFor({ readOnly: false }))("of $name", ({ inputSchema }) => {
    const readOwn = argumentReader(inputSchema, updateReading);
    for (const [name, type] of Object.entries<z.ZodTypeAny>(inputSchema.shape)) {
      const bare = unwrapped(type);
      const shape = bare instanceof z.ZodArray && bare.element instanceof z.ZodObject ? bare.element.shape : {};
      const inner = values.flatMap((value) => Object.keys(shape).map((key) => [{ [key]: value }]));
      for (const value of [...values, ...inner]) {
        for (const { problem } of readOwn({ [name]: value }).mistakes) {
          expect(problem).not.toMatch(/Expected|Invalid|Required|received| \| /);
          expect(problem).toMatch(/must be|is not|is required|at most|too large|unknown|^[A-Z]/);
        }
      }
    }
  });
});
