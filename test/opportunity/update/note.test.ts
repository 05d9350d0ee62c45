import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planAppendedNote, storedNote } from "../../../src/opportunity/update/note.ts";
import { renderNote } from "../../../src/sandbox/rules/notes.ts";

/** A plain note as Close answers it, in both forms. */
const plain = (note: string) => ({ note, note_html: renderNote(note) });

function bodyOf(...call: Parameters<typeof planAppendedNote>) {
  const planned = planAppendedNote(...call);
  return "body" in planned ? planned.body : { refused: planned.problem };
}

describe("text added to a plain note", () => {
  test.each([
    ["a note of one line", "Lamps", "Call Ada", "Lamps\nCall Ada"],
    ["a note that ends with a line break", "Lamps\n", "Call Ada", "Lamps\nCall Ada"],
    ["a note with blank lines at its end", "Lamps\n\n\n", "Call Ada", "Lamps\n\n\nCall Ada"],
    ["a note with the line breaks of Windows", "Lamps\r\nDesks", "Call Ada", "Lamps\r\nDesks\r\nCall Ada"],
    ["a note that ends with such a one", "Lamps\r\n", "Call Ada", "Lamps\r\nCall Ada"],
    ["an empty note", "", "Call Ada", "Call Ada"],
    ["several lines", "Lamps", "Call Ada\n\nand Ben\n", "Lamps\nCall Ada\n\nand Ben\n"],
    ["what the note says already", "Lamps\nCall Ada", "Call Ada", "Lamps\nCall Ada\nCall Ada"],
    ["signs that rich text would need escaped", "a < b & c", "d > e", "a < b & c\nd > e"],
  ])("stands on a line of its own: %s", (_, note, text, whole) => {
    expect(bodyOf(text, plain(note))).toEqual({ note: whole });
    expect(bodyOf(text, { note })).toEqual({ note: whole });
  });

  test("changes nothing that is there", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ minLength: 1 }), (note, text) => {
        const whole = String(bodyOf(text, { note }).note);
        expect(whole.startsWith(note)).toBe(true);
        expect(whole.endsWith(text)).toBe(true);
        expect(whole.slice(note.length, whole.length - text.length)).toMatch(/^(\r\n|\n)?$/);
      }),
    );
  });

  test.each([
    ["null in both forms", { note: null, note_html: null }],
    ["null as rich text, of answers without the plain form", { note_html: null }],
    ["an empty body", { note: "", note_html: "<body></body>" }],
  ])("is the whole note if there is none: %s", (_, before) => {
    expect(bodyOf("Call Ada", before)).toEqual({ note: "Call Ada" });
  });
});

describe("text added to a rich note", () => {
  const rich = "<body><p><strong>Harbour</strong> lights</p></body>";

  test.each([
    ["one line", "Call Ada", "<p>Call Ada</p>"],
    ["several lines", "Call Ada\r\nand Ben\n\n", "<p>Call Ada</p><p>and Ben</p>"],
    ["a blank line in between", "Call\n\nAda", "<p>Call</p><p></p><p>Ada</p>"],
    [
      "what looks like rich text",
      '<b>R&D</b> "x"</body>',
      '<p>&lt;b&gt;R&amp;D&lt;/b&gt; "x"&lt;/body&gt;</p>',
    ],
  ])("becomes paragraphs at its end: %s", (_, text, added) => {
    expect(bodyOf(text, { note: "Harbour lights", note_html: rich })).toEqual({
      note_html: `<body><p><strong>Harbour</strong> lights</p>${added}</body>`,
    });
  });

  test.each([
    ["a list", "<body><ul><li>Lamps</li></ul></body>", "Lamps"],
    ["a link", '<body><p><a href="https://example.com">Lamps</a></p></body>', "Lamps"],
    ["a paragraph with a style", '<body><p style="color:red">Lamps</p></body>', "Lamps"],
    ["text that the plain form lacks", "<body><p>Lamps</p><p>Desks</p></body>", "Lamps"],
  ])("keeps its form: %s", (_, note_html, note) => {
    const end = note_html.length - "</body>".length;
    expect(bodyOf("x", { note, note_html })).toEqual({
      note_html: `${note_html.slice(0, end)}<p>x</p></body>`,
    });
  });

  test("is enclosed in a body if there was none, as Close requires", () => {
    expect(bodyOf("x", { note: "a", note_html: "<h1>a</h1>" })).toEqual({
      note_html: "<body><h1>a</h1><p>x</p></body>",
    });
  });
});

test("a plain note is known by its lines being bare paragraphs, whatever it says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (note) => {
      expect(storedNote(plain(note))).toEqual({ field: "note", text: note });
    }),
  );
});

describe("text added to a note is refused", () => {
  test.each([
    ["the opportunity could not be read, which may pass", undefined, true],
    ["the answer lacks the note", { id: "oppo_x" }, false],
    ["the note is no text", { note: 7, note_html: null }, false],
  ])("if %s", (_, before, isPassing) => {
    const problem = expect.stringContaining("could not be read");
    expect(planAppendedNote("x", before)).toEqual({ problem, isPassing });
  });

  test("if the note would become longer than a million characters", () => {
    const note = "x".repeat(999_990);
    expect(bodyOf("123456789", { note })).toEqual({ note: `${note}\n123456789` });
    expect(planAppendedNote("1234567890", { note })).toEqual({
      problem: expect.stringMatching(/1,000,001 characters.*1,000,000/),
    });
  });
});

test.each([
  ["of tags that never end", "<".repeat(1_000_000)],
  ["of entities", "&".repeat(1_000_000)],
  ["of line breaks", "\n".repeat(1_000_000)],
])("a note of a million signs is read in one go: %s", (_, text) => {
  expect(planAppendedNote("x", { note: text, note_html: `<body>${text}</body>` })).toEqual({
    problem: expect.stringContaining("at most 1,000,000"),
  });
});
