import { ids } from "../../src/sandbox/sandbox.ts";
import { changeByBen } from "../support/opportunities.ts";
import type { Fault } from "../support/sandbox/sandbox.ts";
import { type Call, now } from "./calls.ts";

const { acmeExpansion, blueHeronPilot, blueHeronShop, cedarWorkshop, elmStreetVisits, fjordHarbour } =
  ids.opportunities;
const opportunity = /^\/opportunity\/oppo_/;
const find = "find_opportunities";
const get = "get_opportunity";

/** An update of a made-up opportunity that succeeds with a warning. */
const update = (when: string, args: Record<string, unknown>, fault?: Fault): Call => ({
  when,
  args: { id: acmeExpansion, ...args },
  arm: (sandbox) => fault && sandbox.fault(fault),
});

const search = (when: string, args: Record<string, unknown>, fault?: Fault): Call => ({
  ...update(when, {}, fault),
  tool: find,
  args,
});

/** Close's answer is drawn from the real one. */
const drift = (method: string, path: string | RegExp, change: (answer: object) => unknown): Fault => ({
  kind: "drift",
  method,
  path,
  change: (answer) => change(Object(answer)),
});

const without = (key: string, answer: object) =>
  Object.fromEntries(Object.entries(answer).filter(([name]) => name !== key));

/** Calls that succeed, of which the warnings alone are shown. */
export const warned: readonly Call[] = [
  update("another word for an argument", { status: "Won", date_won: "2026-11-20", user_id: "" }),
  update("a map of custom fields, and what a host adds", { custom_fields: { Seats: 55 }, toolCallId: "1" }),
  { when: "an empty argument to read by", tool: get, args: { id: acmeExpansion, history: null } },
  update("a person by a part of the name", { user_id: "Ben" }),
  update("a rich note replaced by plain text, with HTML in it", { id: fjordHarbour, note: "<p>Tariff</p>" }),
  update("what the note ends with added to it", { note_append: "lamps." }),
  update(
    "a link that Close takes out of a note",
    { note_html: '<body><p><a href="https://example.com">Offer</a></p></body>' },
    drift("PUT", opportunity, (answer) => ({ ...answer, note_html: "<body><p>Offer</p></body>" })),
  ),
  {
    ...update("a name with a sibling", { status_id: "Won" }),
    arm(sandbox) {
      sandbox.organization.pipelines[0]?.statuses.push({ id: "stat_won", label: "won!🎉", type: "won" });
      sandbox.organization.pipelines[0]?.statuses.push({ id: "stat_Won2", label: "WON", type: "won" });
    },
    unreadable: ["/nothing/"],
  },
  update("a status that no pipeline has", { status_id: "stat_1", dry_run: true }),
  update("a tag that is there, or not", {
    id: elmStreetVisits,
    custom_fields: [
      { field: "Tags", action: "add", value: ["Upsell", "Weekend"] },
      { field: "Watchers", action: "remove", value: "Ben Quist" },
    ],
  }),
  update("Close keeps the old value", { confidence: 75, value: 1 }, { kind: "ignore", keys: ["value"], method: "PUT" }),
  update(
    "Close's answer lacks what was sent",
    { confidence: 75 },
    drift("PUT", opportunity, (answer) => without("confidence", answer)),
  ),
  update("won on another day", { id: blueHeronShop, status_id: "Won" }),
  update("won in future", { status_id: "Won", date_won: "2031-06-30" }),
  update("cents for dollars", { value: 500 }),
  update("a status of another pipeline", { status_id: "Renewals / In review" }),
  update(
    "somebody else changed it in the meantime",
    { value: 75_000 },
    drift("GET", opportunity, (answer) => ({ ...answer, confidence: 20, note: "x" })),
  ),
  update("what no undo brings back", { id: cedarWorkshop, status_id: "Active" }),
  update(
    "the opportunity could not be read before",
    { confidence: 75 },
    { kind: "answer", status: 302, method: "GET", path: opportunity },
  ),
  update(
    "Close's answer was lost",
    { confidence: 75 },
    { kind: "reset", when: "after", method: "PUT", path: opportunity },
  ),
  {
    ...update("somebody else's text was replaced unseen", { note_append: "Called." }),
    arm(sandbox) {
      const theirs = { note: "Call Kit.", note_html: "<body><p>Call Kit.</p></body>" };
      const meanwhile = () => changeByBen(sandbox, acmeExpansion, theirs, { moment: now });
      sandbox.fault({ kind: "latency", ms: 0, method: "PUT", meanwhile });
    },
  },
  {
    when: "in the row of a plan",
    tool: "apply_plan",
    args: {},
    planOf: { args: { id: acmeExpansion, value: 500, dry_run: true } },
  },
  update(
    "Close answers in another form",
    { confidence: 75 },
    drift("PUT", opportunity, (answer) => ({ ...answer, value: "500", lead_name: 7 })),
  ),
  {
    ...update("custom fields unread", {
      custom_fields: [{ field: ids.customFields.visitDays, action: "unset" }],
    }),
    unreadable: ["/custom_field_schema/"],
  },
  {
    when: "in a row of many",
    tool: "update_opportunities",
    args: {
      updates: [
        { ids: [acmeExpansion, blueHeronPilot], value: 500 },
        { ids: [elmStreetVisits], user_id: "Ben" },
      ],
    },
  },
  search("no lead of that name", { lead_names: ["Acne"] }),
  search(
    "no lead with these words",
    { lead_names: ["Acne"] },
    { kind: "answer", status: 400, body: "{}", path: "/data/search/" },
  ),
  {
    when: "more leads than are searched",
    tool: find,
    args: { lead_names: ["Zeta"] },
    arm({ organization }) {
      const [template] = organization.opportunities.values();
      for (let n = 0; n < 12 && template !== undefined; n += 1) {
        organization.leads.push({ id: `lead_Z${n}`, name: `Zeta ${n}`, date_created: "2026-01-01" });
        organization.opportunities.set(`oppo_Z${n}`, {
          ...template,
          id: `oppo_Z${n}`,
          lead_id: `lead_Z${n}`,
        });
      }
    },
  },
  { ...search("names that cannot be read", { custom_fields: ["Watchers"] }), unreadable: ["/user/"] },
  {
    when: "the history cannot be read",
    tool: get,
    args: { id: acmeExpansion, history: 5 },
    unreadable: ["/event/"],
  },
];
