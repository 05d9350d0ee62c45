import fc from "fast-check";

/** What must not reach a terminal, or a model, raw: control characters, marks of direction, tags, ends of lines. */
export const terminalControls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A terminal escape (C0 and C1 form), a bell, a change of direction, line ends of several kinds. */
export const escapes = "\u001b[2J\u001b]0;owned\u0007 \u009b31m\u007f \u202etxt.exe\u2066 \u{e0041}\u2028\u0085\r";

/** Names that objects of JavaScript have without being given them. */
export const prototypeNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"] as const;

/** Texts made to be mistaken for something else: paths, headers, numbers, JSON, markup, control characters. */
export const hostileTexts: readonly string[] = [
  "oppo_x/../../me",
  "oppo_x%2F..%2F..%2Fme",
  "oppo_x/",
  "oppo_x?_fields=id",
  "oppo_x#fragment",
  "oppo_x\n",
  "oppo_x\r\nHost: elsewhere.example.com",
  "oppo_\u0000x",
  "oppo_\ud800",
  "\udc00oppo_x",
  "oppo_é",
  "oppo_",
  "..",
  ".",
  "%2e%2e%2f",
  "//elsewhere.example.com/",
  "http://elsewhere.example.com/",
  "me/",
  "null",
  "undefined",
  "NaN",
  "1e400",
  "-0",
  '[{"field": "Seats", "action": "set", "value": 1e400}]',
  '{"__proto__": {"dry_run": true}}',
  "[[[[",
  "</note><script>",
  "'; DROP TABLE opportunities; --",
  "\u0000",
  escapes,
  "\ud83d",
  "x".repeat(100_000),
  ...prototypeNames,
];

export const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: "binary" }),
  fc.tuple(fc.constantFrom(...hostileTexts.slice(0, -6)), fc.string()).map((parts) => parts.join("")),
);

/** A list in a list in a list … */
export function nested(levels: number): unknown {
  let value: unknown = "the innermost";
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const hostileKey = fc.oneof(fc.constantFrom(...prototypeNames, "", "id", "value", "custom.cf_x"), fc.string());

/** Any JSON value, and some that no honest program would send. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue(),
  fc.constantFrom<unknown>(-0, 5e-324, 1.7e308, 2 ** 53, -1, 1.5, "", null, true, [], {}, [null], [[]]),
  fc.constantFrom(5, 50, 150, 1_000).map(nested),
  // Object.fromEntries makes an ordinary key of "__proto__", as JSON.parse does.
  fc.array(fc.tuple(hostileKey, fc.jsonValue()), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
);

export const hostileEntries = fc.array(fc.tuple(hostileKey, hostileValue), { maxLength: 3 });
