import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appended, storedNote, withPassage } from "../../src/opportunity/note.ts";
import type { Computed } from "../../src/opportunity/values.ts";
import { renderNote } from "../../src/sandbox/rules/notes.ts";

/** A plain note as Close answers it, in both forms. */
const plain = (note: string) => ({ note, note_html: renderNote(note) });

const bodyOf = (...call: Parameters<typeof appended>) => made(appended(...call));

function made(computed: Computed): Record<string, unknown> {
  return "field" in computed ? { [computed.field]: computed.value } : { refused: computed.problem };
}

describe("text added to a plain note", () => {
  test.each([
    ["Lamps", "Call Ada", "Lamps\nCall Ada"],
    ["Lamps\n\n\n", "Call Ada", "Lamps\n\n\nCall Ada"],
    ["Lamps\r\nDesks", "Call Ada", "Lamps\r\nDesks\r\nCall Ada"],
    ["Lamps", "Call Ada\n\nand Ben\n", "Lamps\nCall Ada\n\nand Ben\n"],
    ["Lamps\nCall Ada", "Call Ada", "Lamps\nCall Ada\nCall Ada"],
    ["a < b & c", "d > e", "a < b & c\nd > e"],
  ])("stands on a line of its own: to %j comes %j", (note, text, whole) => {
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

  test.each([{ note: null, note_html: null }, { note_html: null }, { note: "", note_html: "<body></body>" }])(
    "is the whole note if there is none: %j",
    (before) => {
      expect(bodyOf("Call Ada", before)).toEqual({ note: "Call Ada" });
    },
  );
});

describe("text added to a rich note", () => {
  const rich = "<body><p><strong>Harbour</strong> lights</p></body>";

  test.each([
    ["Call Ada\r\nand Ben\n\n", "<p>Call Ada</p><p>and Ben</p>"],
    ["Call\n\nAda", "<p>Call</p><p></p><p>Ada</p>"],
    ['<b>R&D</b> "x"</body>', '<p>&lt;b&gt;R&amp;D&lt;/b&gt; "x"&lt;/body&gt;</p>'],
  ])("becomes paragraphs at its end: %j", (text, added) => {
    const note_html = `<body><p><strong>Harbour</strong> lights</p>${added}</body>`;
    expect(bodyOf(text, { note: "Harbour lights", note_html: rich })).toEqual({ note_html });
  });

  test.each([
    "<body><ul><li>Lamps</li></ul></body>",
    '<body><p><a href="https://example.com">Lamps</a></p></body>',
    "<body><p>Lamps</p><p>What the plain form lacks</p></body>",
  ])("keeps its form: %s", (note_html) => {
    expect(bodyOf("x", { note: "Lamps", note_html })).toEqual({
      note_html: note_html.replace("</body>", "<p>x</p></body>"),
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
  test.each([{ id: "oppo_x" }, { note: 7, note_html: null }])("if the answer does not show the note: %j", (before) => {
    expect(appended("x", before)).toEqual({ problem: expect.stringContaining("could not be read") });
  });

  test("if the note would become longer than a million characters", () => {
    const note = "x".repeat(999_990);
    expect(bodyOf("123456789", { note })).toEqual({ note: `${note}\n123456789` });
    expect(appended("1234567890", { note })).toEqual({
      problem: expect.stringMatching(/1,000,001 characters.*1,000,000/),
    });
  });
});

test.each(["<", "&", "\n"])("a note of a million signs is read in one go: %j", (sign) => {
  const text = sign.repeat(1_000_000);
  expect(appended("x", { note: text, note_html: `<body>${text}</body>` })).toEqual({
    problem: expect.stringContaining("at most 1,000,000"),
  });
});

describe("a passage of a note is replaced, and nothing else of it", () => {
  test.each([
    ["12 lamps at $5", "$5", "$6", "12 lamps at $6"],
    ["a\nb & <c>\n", "b & <c>", "", "a\n\n"],
    ["Lamps", "Lamps", "$& $1", "$& $1"],
    ["Cafe\u0301\u00a05\tlamps", "Café 5", "6", "6\tlamps"],
    ["a\r\nb c", "a\nb", "x", "x c"],
  ])("in a plain note plainly: of %j the passage %j by %j", (note, find, replace, whole) => {
    expect(made(withPassage({ find, replace }, plain(note)))).toEqual({ note: whole });
  });

  test.each([
    ["<p>R&amp;D <b>costs</b> 5 &lt; 6</p>", "R&D", "<i>", "<p>&lt;i&gt; <b>costs</b> 5 &lt; 6</p>"],
    ["<p><b>It&#39;s&nbsp;&#x20;5</b> &amp;amp;</p>", "It's  5", "6", "<p><b>6</b> &amp;amp;</p>"],
    ["<p>a <b>&amp;amp;</b></p>", "amp", "x", "<p>a <b>&amp;x;</b></p>"],
    [
      '<p><a href="https://x.com/5" title="a > 5">5</a></p>',
      "5",
      "6",
      '<p><a href="https://x.com/5" title="a > 5">6</a></p>',
    ],
    ["<p><b>5&nbsp;&euro; &ndash; cafe\u0301</b>s</p>", "5 € – café", "6", "<p><b>6</b>s</p>"],
    ["<p><!-- a > a --><b>a</b>b</p>", "a", "x", "<p><!-- a > a --><b>x</b>b</p>"],
    ["<p><b>a</b> b\n  c</p>", "b c", "x", "<p><b>a</b> x</p>"],
    ["<ul><li>a</li></ul>", "a", "b\nc", "<ul><li>b<br/>c</li></ul>"],
  ])("in rich text where it shows: of %s the passage %j by %j", (html, find, replace, whole) => {
    const before = { note: "", note_html: `<body>${html}</body>` };
    expect(made(withPassage({ find, replace }, before))).toEqual({ note_html: `<body>${whole}</body>` });
  });

  test.each([
    [plain("aaa"), "aa", /"aa" occurs 2 times in the note: send more of the text around it/],
    [plain("aaa"), "b", /"b" occurs 0 times in the note: find has to be as written there$/],
    [{ note_html: "<body><b>a</b>b</body>" }, "ab", /occurs 0 times .*in one line and one formatting$/],
    [{ note_html: '<body><a href="ab">c</a></body>' }, "ab", /occurs 0 times/],
    [{ note_html: "<body><b>a</b></body>" }, "b>", /occurs 0 times/],
    [{ note_html: "<body><p>pri<b>ce</b> and price</p></body>" }, "price", /occurs 2 times/],
    [{ note_html: "<body><b>5</b> &euro; &#128512;</body>" }, "euro", /occurs 0 times/],
    [{ note_html: "<body><b>5</b> &euro; &#128512;</body>" }, "128", /occurs 0 times/],
    [plain("cafe\u0301"), "cafe", /occurs 0 times/],
    [{ note_html: "<body><b>cafe&#769;</b></body>" }, "cafe", /occurs 0 times/],
    [{ id: "oppo_x" }, "a", /could not be read/],
  ])("but not unless it occurs exactly once: of %j the passage %j", (before, find, problem) => {
    expect(withPassage({ find, replace: "x" }, before)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
