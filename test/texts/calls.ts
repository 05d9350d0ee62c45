import { ids } from "../../src/sandbox/sandbox.ts";
import { changeByBen } from "../support/opportunities.ts";
import type { Fault, Sandbox } from "../support/sandbox/sandbox.ts";

/** The sandbox's clock. */
export const now = new Date("2026-11-23T12:00:00Z");

/** A call of a tool on the sandbox's made-up organization, and what goes wrong on the way. */
export type Call = {
  when: string;
  args: Record<string, unknown>;
  tool?: string;
  arm?: (sandbox: Sandbox) => void;
  /** A call that is made first: its plan or undo is this one's. */
  planOf?: Pick<Call, "args" | "tool">;
  /** How its sentence is given; as it is, if left out. */
  shownAs?: (sentence: string) => string;
  /** What happens between the two. */
  meanwhile?: (sandbox: Sandbox) => void;
  /** Settings of a server of its own. */
  env?: Record<string, string>;
  /** Paths of lists that cannot be read: a server keeps what it has read, so such a call meets a new one. */
  unreadable?: readonly string[];
};

const { acmeExpansion, blueHeronShop, elmStreetVisits, cedarWorkshop } = ids.opportunities;
const opportunity = /^\/opportunity\/oppo_/;
const many = "update_opportunities";
const apply = "apply_plan";
const find = "find_opportunities";
const describe = "describe_opportunity_fields";

/** A call of update_opportunity. */
const call = (when: string, args: Call["args"]): Call => ({ when, args });

/** A call of another tool. */
const callOf =
  (tool: string) =>
  (when: string, args: Call["args"]): Call => ({ when, tool, args });
const updateMany = callOf(many);
const search = callOf(find);
const description = callOf(describe);

/** An update of the made-up opportunity with these custom-field operations. */
const withFields = (when: string, ...custom_fields: Record<string, unknown>[]): Call => ({
  when,
  args: { id: elmStreetVisits, custom_fields },
});

export const mistakes: readonly Call[] = [
  call("no arguments", {}),
  call("nothing to change", { id: acmeExpansion, time_zone: "UTC" }),
  call("unknown arguments, and words of other systems", {
    id: acmeExpansion,
    confidnce: 75,
    close_date: "2026-12-31",
    amount: 500,
    owner: "Ada Quist",
    stage: "Won",
    probability: 75,
    tags: ["Upsell"],
    name: "Expansion",
    lead_name: "Acme",
    pipeline_id: "pipe_1",
    cf_1: "x",
    wholly_unknown: 1,
  }),
  call("values of another type or form", {
    id: "acme",
    value: "500.00",
    confidence: 150,
    date_won: "23/11/2026",
    value_period: "weekly",
    note: 12,
    contact_id: "somebody else",
    custom_fields: { Seats: 55 },
    clear: ["status_id"],
    dry_run: "perhaps",
    time_zone: "Mars/Olympus",
    expected_date_updated: "yesterday",
  }),
  call("values out of range, and what is no value", {
    id: acmeExpansion,
    value: -1,
    confidence: 12.5,
    date_won: "2026-02-30",
    time_zone: "BST",
    user_id: ["Ada"],
    clear: "value",
    custom_fields: [{ field: "Seats", action: "increase", value: 1, more: true }, "Tags"],
  }),
  updateMany("mistakes in several entries", {
    updates: [
      { ids: [acmeExpansion], value: "12.5" },
      { ids: [acmeExpansion, "acme"], note: "a", note_html: "<body>a</body>" },
      { confidence: 75, user_id: "Ada Qvist" },
      { id: blueHeronShop, custom_fields: [{ field: "Seets", action: "sett" }] },
      { id: cedarWorkshop },
      "Won",
    ],
  }),
  call("a number that is too large", { id: acmeExpansion, value: 1e20 }),
  call("arguments that contradict each other", {
    id: acmeExpansion,
    note: "a",
    note_html: "<body>a</body>",
    value: 1,
    clear: ["value", "note"],
  }),
  {
    when: "an opportunity that the plan does not hold",
    tool: apply,
    args: { ids: [blueHeronShop] },
    planOf: { args: { id: acmeExpansion, confidence: 75, dry_run: true } },
  },
  {
    when: "a field that the settings do not let it change",
    args: { id: acmeExpansion, value: 64_000, note_append: "Called.", status_id: "Won" },
    env: { CLOSE_WRITABLE_FIELDS: "note,Tags" },
  },
  call("nulls and empty texts beside a mistake", {
    id: acmeExpansion,
    note: "",
    user_id: null,
    value: "null",
    confidence: 101,
  }),
  call("unknown names", { id: acmeExpansion, status_id: "Wonn", user_id: "Ada Qvist", contact_id: "Nina" }),
  call("names that several have", { id: acmeExpansion, status_id: "In review", user_id: "Sam Doyle" }),
  call("a part of several names", { id: acmeExpansion, user_id: "Quist" }),
  {
    when: "names while the lists cannot be read",
    args: {
      id: acmeExpansion,
      status_id: "Won",
      user_id: "Ada Quist",
      custom_fields: [{ field: "Seats", action: "unset" }],
    },
    unreadable: ["/pipeline/", "/user/", "/custom_field_schema/"],
  },
  withFields(
    "unknown custom fields and values",
    { field: "Seat", action: "set", value: "55" },
    { field: "Quite another", action: "unset" },
    { field: "Tags", action: "add", value: "Upsel" },
    { field: "Source", action: "set", value: "Newspaper" },
    { field: "Sales engineer", action: "set", value: "Nobody" },
    { field: "Watchers", action: "add", value: "Sam Doyle" },
    { field: "Signatory", action: "set", value: "Nobody" },
  ),
  withFields(
    "values of another type than the custom field's",
    { field: "Seats", action: "set", value: "many" },
    { field: "Discount", action: "set", value: "1234567890.1234567890" },
    { field: "Contract start", action: "set", value: "soon" },
    { field: "Next demo", action: "set", value: "2026-12-01" },
  ),
  withFields(
    "operations that do not go with the custom field",
    { field: "Seats", action: "add", value: "1" },
    { field: "Region", action: "set", value: ["North", "South"] },
    { field: "Source", action: "unset", value: "Referral" },
    { field: "Competitor", action: "set" },
  ),
  withFields(
    "operations that contradict each other",
    { field: "Tags", action: "add", value: "Weekend" },
    { field: "Tags", action: "remove", value: "Weekend" },
    { field: "Seats", action: "set", value: "1" },
    { field: "Seats", action: "unset" },
  ),
  {
    when: "several values to add, and the opportunity could not be read",
    args: {
      id: elmStreetVisits,
      custom_fields: [{ field: "Tags", action: "add", value: ["Weekend", "Wednesday"] }],
    },
    arm: (sandbox) => sandbox.fault({ kind: "answer", status: 302, method: "GET", path: opportunity }),
  },
  search("unknown filters", { name: "Acme", owner: "me", order_by: "size", limit: 500 }),
  search("filters that contradict each other", {
    lead_names: ["A"],
    lead_id: "lead_1",
  }),
  search("unknown names in filters", { status: "Wonn", user: "Ada Qvist", pipeline: "Sale" }),
  search("a status that the pipeline does not have", { status: "Churned", pipeline: "Sales" }),
  { when: "me, while it cannot be read", tool: find, args: { user: "me" }, unreadable: ["/me/"] },
];

export const failures: readonly Call[] = [
  updateMany("none of many was updated", { updates: [{ ids: ["oppo_1", "oppo_2"], confidence: 75 }] }),
  call("an unknown id", { id: "oppo_1", confidence: 75 }),
  call("it was seen before it was made", {
    id: acmeExpansion,
    confidence: 75,
    expected_date_updated: "2023-01-01T00:00:00Z",
  }),
  {
    when: "the opportunity has changed since it was seen, as the event log shows",
    args: { id: acmeExpansion, confidence: 75, expected_date_updated: "2024-01-08T09:15:00Z" },
    arm: (sandbox) => changeByBen(sandbox, acmeExpansion, { value: 60_000, note: "Call Kit." }, { moment: now }),
  },
  call("the moment at which it was seen has not come yet", {
    id: acmeExpansion,
    confidence: 75,
    expected_date_updated: "2031-01-01T00:00:00Z",
  }),
  {
    when: "more updates than the settings allow in an hour",
    tool: many,
    args: { updates: [{ ids: [acmeExpansion, blueHeronShop], confidence: 75 }] },
    env: { CLOSE_MAX_UPDATES_PER_HOUR: "1" },
  },
  { when: "no such plan", tool: apply, args: { plan: "Win 3: $182,400 a year: Acme Corp · k7f3a9" } },
  {
    when: "another sentence than the plan's",
    tool: apply,
    args: {},
    planOf: { args: { id: acmeExpansion, confidence: 75, dry_run: true } },
    shownAs: (sentence) => `Set confidence of 1 to 5: ${sentence.slice(-6)}`,
  },
  {
    when: "a plan that a person has to agree to, by its last word alone",
    tool: apply,
    args: {},
    planOf: { args: { id: acmeExpansion, status_id: "Won" } },
    shownAs: (sentence) => sentence.slice(-6),
    env: { CLOSE_CONFIRM: "closing" },
  },
  {
    when: "an undo, after somebody else has changed the field",
    tool: apply,
    args: {},
    planOf: { args: { id: acmeExpansion, value: 64_000 } },
    meanwhile: (sandbox) => changeByBen(sandbox, acmeExpansion, { value: 70_000 }, { moment: now }),
  },
  call("Close refuses the status: the valid ones are added", { id: acmeExpansion, status_id: "stat_1" }),
  {
    when: "the answer was lost, and the update may still arrive",
    args: { id: elmStreetVisits, custom_fields: [{ field: "Tags", action: "add", value: "Weekend" }] },
    arm: (sandbox) => sandbox.fault({ kind: "reset", when: "before", method: "PUT" }),
  },
  {
    when: "Close failed, and the update was not applied",
    args: { id: elmStreetVisits, confidence: 75 },
    arm: (sandbox) =>
      sandbox.fault({
        kind: "answer",
        status: 500,
        body: JSON.stringify({ error: "Oops." }),
        method: "PUT",
        times: Number.POSITIVE_INFINITY,
      }),
  },
  {
    when: "the answer was lost, and somebody else changed the opportunity",
    args: { id: acmeExpansion, confidence: 75 },
    arm(sandbox) {
      const meanwhile = () => changeByBen(sandbox, acmeExpansion, { note: "x" }, { moment: now });
      sandbox.fault({ kind: "reset", when: "before", method: "PUT", meanwhile });
    },
  },
  {
    when: "the answer was lost, and the opportunity cannot be read back",
    args: { id: acmeExpansion, confidence: 75 },
    arm(sandbox) {
      const unreadable: Fault = { kind: "answer", status: 403, path: opportunity, times: Number.POSITIVE_INFINITY };
      sandbox.fault({ kind: "reset", when: "after", method: "PUT", meanwhile: () => sandbox.fault(unreadable) });
    },
  },
  {
    when: "the answer was lost, and Close refused the second try",
    args: { id: acmeExpansion, confidence: 75 },
    arm(sandbox) {
      sandbox.fault({ kind: "reset", when: "before", method: "PUT" });
      sandbox.fault({ kind: "answer", status: 403, method: "PUT" });
    },
  },
  {
    when: "nothing can be described",
    tool: describe,
    args: {},
    unreadable: ["/pipeline/", "/user/", "/me/", "/custom_field_schema/"],
  },
];

export const results: readonly Call[] = [
  call("updated", { id: acmeExpansion, status_id: "Won", value: 60_000, clear: ["note"] }),
  {
    when: "updated, with warnings",
    args: {
      id: elmStreetVisits,
      value: 2400,
      contact_id: "",
      custom_fields: [
        { field: "Tags", action: "add", value: "Upsell" },
        { field: "Visit days", action: "add", value: "Friday" },
      ],
    },
    arm: (sandbox) => sandbox.fault({ kind: "ignore", keys: ["value"], method: "PUT" }),
  },
  {
    when: "updated, and the opportunity could not be read before",
    args: { id: acmeExpansion, confidence: 75 },
    arm: (sandbox) => sandbox.fault({ kind: "answer", status: 302, method: "GET", path: opportunity }),
  },
  {
    when: "updated, and Close's answer was lost",
    args: { id: acmeExpansion, confidence: 75 },
    arm: (sandbox) => sandbox.fault({ kind: "reset", when: "after", method: "PUT" }),
  },
  {
    when: "waiting for a person to agree",
    args: { id: acmeExpansion, status_id: "Won" },
    env: { CLOSE_CONFIRM: "closing" },
  },
  {
    when: "many, waiting for a person to agree",
    tool: many,
    args: {
      updates: [
        { ids: [acmeExpansion, blueHeronShop], status_id: "Won" },
        { id: elmStreetVisits, status_id: "Lost" },
      ],
    },
    env: { CLOSE_CONFIRM: "all" },
  },
  {
    when: "a dry run, carried out",
    tool: apply,
    args: {},
    planOf: { args: { id: acmeExpansion, value: 64_000, dry_run: true } },
  },
  {
    when: "an update, taken back",
    tool: apply,
    args: {},
    planOf: {
      tool: many,
      args: { updates: [{ ids: [acmeExpansion, blueHeronShop], confidence: 75, status_id: "Won" }] },
    },
  },
  {
    when: "a part of an update, taken back",
    tool: apply,
    args: { ids: [blueHeronShop] },
    planOf: { tool: many, args: { updates: [{ ids: [acmeExpansion, blueHeronShop], confidence: 75 }] } },
  },
  {
    when: "an update of which one row has been changed since, taken back",
    tool: apply,
    args: {},
    planOf: { tool: many, args: { updates: [{ ids: [acmeExpansion, blueHeronShop], confidence: 75 }] } },
    meanwhile: (sandbox) => changeByBen(sandbox, acmeExpansion, { confidence: 5 }, { moment: now }),
  },
  call("moved to another pipeline", { id: cedarWorkshop, status_id: "Renewals / In review" }),
  call("nothing to change", { id: acmeExpansion, value: 50_000 }),
  call("nothing to change, as a dry run", { id: acmeExpansion, value: 50_000, dry_run: true }),
  call("a dry run", { id: blueHeronShop, status_id: "Won", user_id: "ada.quist@example.com", dry_run: true }),
  { when: "read", tool: "get_opportunity", args: { id: elmStreetVisits } },
  search("found", { lead_names: ["Acme"], limit: 2 }),
  search("found none", { lead_names: ["Acme"], query: "x", status_type: "lost" }),
  search("found no lead", { lead_names: ["Acne"] }),
  description("described", {}),
  description("described, and no name matches", { search: "zebra" }),
  { when: "described in part", tool: describe, args: {}, unreadable: ["/custom_field_schema/"] },
];
