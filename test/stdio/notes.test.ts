import { describe, expect, test } from "vitest";
import { ids } from "../../src/sandbox/sandbox.ts";
import { expectBothForms, warningsOf } from "../support/both-forms.ts";
import { puts, sentBodies } from "../support/host.ts";
import { undoIn } from "../support/plans.ts";
import { serveUpdates } from "../support/updates.ts";

const { acmeExpansion: id, cedarUnpriced, fjordHarbour } = ids.opportunities;

const { sandbox, host, accepted, stored } = await serveUpdates();

const body = (html: string) => `<body>${html}</body>`;
const link = '<a href="https://example.com/offer?a=1&amp;b=2">offer</a>';
const image = '<img src="https://example.com/plan.png?signed=1" alt="Plan"/>';
const mention = '<span data-type="mention" data-id="user_x" data-label="Ada Quist" class="mention">@Ada Quist</span>';
const rich = body(`<p>${link} ${image} ${mention}</p>`);
const things = 'the link to "https://example.com/offer?a=1&b=2", the image "Plan", the mention of "Ada Quist"';

describe("a note that is replaced", () => {
  const replaced = (length: string) =>
    `This replaces the whole note that was there, ${length}: note_append adds to a note and keeps it.`;
  const formLost = " It was rich text: its links, lists and formatting are lost.";

  test.each([
    ["in plain text", { id, note: "New" }, replaced("29 characters")],
    ["by rich text", { id, note_html: body("<p>New</p>") }, replaced("29 characters")],
    ["in rich text", { id: fjordHarbour, note: "New" }, replaced("34 characters") + formLost],
    ["by its own words", { id: fjordHarbour, note: "Harbour lights\nKeep the old tariff" }, formLost],
  ])("%s is warned of, in a dry run too, and comes back in its own form", async (_, args, warning) => {
    const before = { ...stored(args.id) };
    const preview = await accepted({ ...args, dry_run: true });
    expect(puts(sandbox)).toEqual([]);
    const reply = await accepted(args);
    for (const each of [preview, reply]) expect(warningsOf(each)).toContain(warning);
    expectBothForms(reply);
    const undone = await host.call({ plan: undoIn(reply) }, "apply_plan");
    expect(undone.text).not.toContain("note_append");
    expect(stored(args.id)).toMatchObject({ note: before.note, note_html: before.note_html });
  });

  test("is said to have lost what no words hold", async () => {
    Object.assign(stored(id), { note: "offer", note_html: rich });
    expect(warningsOf(await accepted({ id, note_html: body("<p>New</p>") }))).toContain(`Lost with it: ${things}.`);
  });

  test.each([
    ["was empty", { note: "", note_html: body("<p> <br/></p>") }, { note: "New" }],
    ["is emptied by name", {}, { clear: ["note"] }],
    ["is spelt anew", {}, { note: "Second warehouse\u00a0needs lamps.\n" }],
    ["is made rich", {}, { note_html: body("<p>Second <b>warehouse</b> needs lamps.</p>") }],
  ])("is not warned of if it %s", async (_, held, args) => {
    Object.assign(stored(id), held);
    expect((await accepted({ id, ...args })).structured).not.toHaveProperty("warnings");
    expect(puts(sandbox)).toHaveLength(1);
  });
});

test.each(["<hr/>", image, mention])("a note that holds only %s is not empty", async (html) => {
  Object.assign(stored(id), { note: "", note_html: body(`<p>${html}</p>`) });
  const reply = await accepted({ id, clear: ["note"] });
  expect(reply.summary).toContain("→ empty");
  expect(stored(id).note_html).toBeNull();
  await host.call({ plan: undoIn(reply) }, "apply_plan");
  expect(stored(id).note_html).toBe(body(`<p>${html}</p>`));
});

describe("images, link targets and mentions of a note", () => {
  const stripped = (answer: unknown) =>
    Object.assign({}, answer, {
      note_html: body("<p><a>offer</a> <span>@Ada Quist</span></p>"),
      note: "offer @Ada Quist",
    });

  test.each([
    ["are dropped by Close", undefined, { note_html: rich }],
    ["are dropped where a line is added", rich, { note_append: "x" }],
    ["are gone, though nobody touched the note", rich, { confidence: 60 }],
  ])("are named if they %s", async (_, held, args) => {
    if (held !== undefined) Object.assign(stored(id), { note: "offer @Ada Quist", note_html: held });
    sandbox.fault({ kind: "drift", method: "PUT", change: stripped });
    const reply = await accepted({ id, ...args });
    expect(warningsOf(reply)).toContain(`Missing from the note, though nobody asked for that: ${things}.`);
    expectBothForms(reply);
  });
});

test.each([
  ["a plain note, which is sent whole", id, "Call Nina", { note: "Second warehouse needs lamps.\nCall Nina" }],
  ["no note, of which it is all", cedarUnpriced, "Call Nina", { note: "Call Nina" }],
  [
    "a rich note, whose formatting is kept",
    fjordHarbour,
    "Tariff < 5 & fixed\nuntil May",
    {
      note_html: body(
        "<p><strong>Harbour</strong> lights</p><p>Keep the <em>old</em> tariff</p><p>Tariff &lt; 5 &amp; fixed</p><p>until May</p>",
      ),
    },
  ],
])("note_append adds a line to %s", async (_, of, note_append, sent) => {
  const reply = await accepted({ id: of, note_append });
  expect(sentBodies(sandbox)).toEqual([sent]);
  expect(reply.structured.changes).toHaveLength(1);
  expect(reply.structured).not.toHaveProperty("warnings");
  expectBothForms(reply);
});

test.each(["before", "after"] as const)(
  "what is added to a note is there once if the connection broke %s that",
  async (when) => {
    sandbox.fault({ kind: "reset", method: "PUT", when });
    const reply = await accepted({ id, note_append: "Call Nina" });
    expect(stored(id).note).toBe("Second warehouse needs lamps.\nCall Nina");
    if (when === "after") expect(warningsOf(reply)).toContain("was lost");
  },
);

test.each<[string, string, string, string?]>([
  ["note_append", "lamps.", "Second warehouse needs lamps."],
  [
    "note_append",
    "Keep the  old tariff\n",
    "Lights\nKeep the old tariff",
    body("<p>Lights</p><p>Keep the <em>old</em> tariff</p>"),
  ],
])("%s of what the note ends with is warned of: %j", async (argument, text, note, note_html) => {
  Object.assign(stored(id), { note, note_html: note_html ?? null });
  const reply = await accepted({ id, [argument]: text });
  expect(warningsOf(reply)).toContain("The note ends with the text of note_append already: this adds it once more.");
  expect(puts(sandbox)).toHaveLength(1);
});

test.each([
  { note: "<p>Call <b>Nina</b></p>" },
  { note_append: "R&amp;D" },
  { note_replace: { find: "lamps", replace: "<b>lamps</b>" } },
])("HTML in plain text is pointed out: %j", async (args) => {
  const [argument = ""] = Object.keys(args);
  expect(warningsOf(await accepted({ id, ...args, dry_run: true }))).toContain(
    `${argument} is plain text: the HTML in it shows as it is written. note_html takes rich text.`,
  );
});

test.each([
  ["space around it", `\n${body("<p>x</p>")}\n`],
  ["lists in lists, lines and entities", body("<ul><li>a<ol><li>b<br />&eacute;&#8364;</li></ol></li></ul><hr/>")],
  ["code that looks like markdown", body("<p><code>**options</code> a_b ** 2 &#42;&#42;</p>")],
  ["a mention, an image and a link", rich],
])("rich text is taken with %s", async (_, note_html) => {
  await accepted({ id, note_html });
  expect(sentBodies(sandbox)).toEqual([{ note_html: note_html.trim() }]);
});

test("a note in another Unicode form is the same note", async () => {
  Object.assign(stored(id), { note: "Café", note_html: body("<p>Café</p>") });
  expect((await accepted({ id, note: "Cafe\u0301" })).summary).toContain("Nothing to change");
  const decomposed = (answer: unknown) => Object.assign({}, answer, { note: "Pen\u0303a\u00a05" });
  sandbox.fault({ kind: "drift", method: "PUT", change: decomposed });
  expect(warningsOf(await accepted({ id, note: "Peña\t5" }))).not.toContain("does not show");
});
