import * as ofCall from "../../src/mcp/warnings.ts";
import * as ofOpportunity from "../../src/opportunity/warnings.ts";
import type { Shown } from "./document.ts";

const warnings = { ...ofOpportunity, ...ofCall };

/** Invented facts for every warning: a kind of facts where its sentence depends on them. */
const facts: { [W in keyof typeof warnings]: readonly Parameters<(typeof warnings)[W]>[] } = {
  notShown: [
    ["confidence", "confidence", "75", "50", undefined],
    ["confidence", "confidence", "75", "50", "Grace Lind"],
  ],
  notIncluded: [["Seats", "custom.cf_1", "55", "custom.cf_1"]],
  wonOnAnotherDay: [["2026-12-31", "2026-11-23", "America/New_York"]],
  centsForDollars: [
    [50_000, 500, "USD", "monthly"],
    [500, 50_000, undefined, undefined],
  ],
  ignoredAsNotGiven: [
    [["note", "value"], false],
    [["note", "value"], true],
  ],
  ignoredAsOfHost: [[["toolCallId", "task_progress"]]],
  zeroBesideBlanks: [["value", "$500.00", ["note", "contact_id"]]],
  wonInFuture: [["2031-06-30", "2026-11-23", "America/New_York"]],
  movedToPipeline: [["Renewals", "Sales"]],
  valuesGone: [["Tags", ["Upsell"]]],
  valuesCame: [["Tags", ["Upsell"]]],
  changedMeanwhile: [
    [["Seats"], undefined],
    [["Seats", "note"], "Grace Lind"],
  ],
  cannotBeUndone: [[["confidence"]]],
  alreadyHeld: [["Tags", ["Upsell"]]],
  notHeld: [["Tags", ["Weekend"]]],
  uncheckedCustomFields: [["Close answered GET /custom_field_schema/opportunity/ with 403 Forbidden."]],
  unknownStatus: [["stat_1"]],
  unreadBefore: [["Close answered GET /opportunity/oppo_1/ with 503 Service Unavailable."]],
  unreadOpportunity: [["Close answered GET /opportunity/oppo_1/ with 503 Service Unavailable."]],
  failedAfterwards: [["comparing it with the state before", new Error("the disk is gone")]],
  answerLost: [["PUT /opportunity/oppo_1/ to close.example failed: read ECONNRESET (ECONNRESET)."]],
  notInAuditFile: [["ENOSPC: no space left on device, write"]],
  movedAsUnexpected: [[["value", "lead_name"]]],
  fieldsNotCompared: [[10_000]],
  moreChanges: [[1200, 1000]],
  textsCut: [[false], [true]],
  leftOut: [[]],
  noLeadNamed: [["Acne"]],
  noLeadWithWords: [["Acne"]],
  wholeWordsOnly: [["Acm"]],
  unreadableEntries: [[2]],
  unreadHistory: [["Close answered GET /event/ with 403 Forbidden."]],
  hiddenValues: [[]],
  tooManyLeads: [[10, "A"]],
  unreadLists: [
    [
      {
        pipelines: {
          state: "failed",
          reason: "Close answered GET /pipeline/ with 403 Forbidden.",
          isPassing: false,
        },
      },
    ],
  ],
};

/** Each warning; one that is new here has no texts. */
export function allWarnings(): Map<string, Shown[]> {
  const known = new Map<string, readonly (readonly unknown[])[]>(Object.entries(facts));
  return new Map(
    Object.entries(warnings).map(([name, warning]) => [
      name,
      (known.get(name) ?? []).map((given) => ({ when: name, text: sentence(warning, given) })),
    ]),
  );
}

/** The table above pairs each warning with its own facts, which the compiler cannot follow through a loop. */
function sentence(warning: unknown, given: readonly unknown[]): string {
  if (typeof warning !== "function") throw new Error("A warning is a function.");
  return String(Reflect.apply(warning, undefined, given));
}
