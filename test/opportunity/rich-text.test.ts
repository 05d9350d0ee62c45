import { describe, expect, test } from "vitest";
import { sameForm, words } from "../../src/opportunity/rich-text.ts";

describe("two rich texts have the same form", () => {
  test.each([
    [
      "whatever the spelling of their tags",
      "<body><P>Call<br/>Kit</P></body>",
      "<body><p>Call<br>Kit</p></body>",
    ],
    [
      "whatever the names of bold and italic",
      "<p><strong>A</strong> <em>b</em></p>",
      "<p><b>A</b> <i>b</i></p>",
    ],
    [
      "whatever the quotes of attributes",
      "<a href='https://example.com'>A</a>",
      '<a href="https://example.com">A</a>',
    ],
    ["whatever the spelling of characters", "<p>A &quot;b&quot;&nbsp;c</p>", '<p>A "b" c</p>'],
    ["whatever the space between tags", "<body>\n  <p>A</p>\n</body>", "<body><p>A</p></body>"],
  ])("%s", (_why, a, b) => {
    expect(sameForm(a, b)).toBe(true);
  });
});

describe("two rich texts of the same words have another form", () => {
  test.each([
    ["if one is bold", "<p>Hello</p>", "<p><b>Hello</b></p>"],
    ["if a link leads elsewhere", '<a href="https://a.example">A</a>', '<a href="https://b.example">A</a>'],
    ["if a paragraph is divided", "<p>One two</p>", "<p>One</p><p>two</p>"],
    ["if a heading became a paragraph", "<h1>A</h1>", "<p>A</p>"],
  ])("%s", (_why, a, b) => {
    expect(words(a)).toBe(words(b));
    expect(sameForm(a, b)).toBe(false);
  });
});
