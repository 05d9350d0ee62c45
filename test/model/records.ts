import { madeUpOrganization } from "../../src/sandbox/data/organization.ts";
import { plainNote } from "../../src/sandbox/rules/notes.ts";
import { ids, type Opportunity, type Organization } from "../../src/sandbox/sandbox.ts";
import type { Run, Version } from "./history.ts";
import type { Call, Change, Renaming } from "./scenario.ts";

const { tags, seats } = ids.customFields;
export const tagsKey = `custom.${tags}`;

/** The opportunities that calls work on: one with a plain note, and one with a rich one and without a day. */
export const both = [ids.opportunities.acmeExpansion, ids.opportunities.elmStreetVisits] as const;

/** What calls name: its name, its id, and that of what comes to have its name. */
export const named = {
  status: { name: "Proposal sent", first: ids.statuses.salesProposalSent, second: "stat_Second" },
  field: { name: "Seats", first: seats, second: "cf_Second" },
  user: { name: "Ben Quist", first: ids.users.benQuist, second: "user_Second" },
} as const;

export function preparedOrganization(): Organization {
  const organization = madeUpOrganization();
  const field = organization.customFields.find(({ id }) => id === tags);
  const numbers = Array.from({ length: 12 }, (_, at) => at + 1);
  if (field !== undefined) {
    field.choices = ["Old", ...numbers.flatMap((number) => [`T${number}a`, `T${number}b`, `C${number}`])];
  }
  const prepare = (id: string, more: Partial<Opportunity>) =>
    organization.opportunities.set(id, { ...withTags(recordOf(organization, id), ["Old"]), ...more });
  const note_html = "<body><p>Needs <b>lamps</b> soon.</p></body>";
  prepare(both[0], { date_won: "2026-12-31" });
  prepare(both[1], { date_won: null, note_html, note: plainNote(note_html) });
  return organization;
}

/** What was known by a name gets another one, and another of its kind the old one. */
export function rename({ pipelines, customFields, users }: Organization, what: Renaming["what"]): void {
  const { first, second: id } = named[what];
  const split = <T extends { id: string }>(list: T[], renamed: Partial<T>) => {
    const own = list.find((each) => each.id === first);
    if (own === undefined) return;
    list.push({ ...own, id });
    Object.assign(own, renamed);
  };
  split(users, { last_name: "Before" });
  split(customFields, { name: "Places" });
  for (const { statuses } of pipelines) split(statuses, { label: "Quoted" });
}

export function recordOf({ opportunities }: Organization, id: string): Opportunity {
  const record = opportunities.get(id);
  if (record === undefined) throw new Error(`There is no ${id}.`);
  return record;
}

export function tagsOf({ custom }: Opportunity): string[] {
  const value = custom[tags] ?? [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

export function withTags(record: Opportunity, list: readonly string[]): Opportunity {
  return { ...record, custom: { ...record.custom, [tags]: [...list] } };
}

/** What calls and colleagues put into the note, and the word that calls replace. */
export function marksOf({ note }: Opportunity): string[] {
  return note.match(/\b(?:[NLC]\d+|lamps)\b/g) ?? [];
}

export function withLine(record: Opportunity, line: string): Opportunity {
  const note_html = (record.note_html ?? "<body></body>").replace("</body>", `<p>${line}</p></body>`);
  return { ...record, note_html, note: plainNote(note_html) };
}

/** What is built on what is there: how it shows, in which keys it is sent, and which changes replace all of it. */
export const parts = [
  { of: tagsOf, keys: [tagsKey], replacedBy: ["replace the tags"] },
  { of: marksOf, keys: ["note", "note_html"], replacedBy: ["note", "bold note"] },
];

/** What the call itself is to take away. */
export function takenAway({ changes }: Call): string[] {
  return changes.flatMap(({ what }) =>
    what === "remove the old tag" ? "Old" : what === "note passage" ? "lamps" : [],
  );
}

export function argumentsOf(
  { changes, expects }: Call,
  id: string,
  number: number,
  versions: readonly Version[],
): Record<string, unknown> {
  const seen = expects === "the first state" ? versions[0] : versions.at(-1);
  const expected = expects === "nothing" ? {} : { expected_date_updated: seen?.record.date_updated };
  const given = changes.map((change) => asked(change, number).args);
  const custom_fields = given.flatMap((each) => each.custom_fields ?? []);
  return Object.assign({ id, ...expected }, ...given, custom_fields.length > 0 ? { custom_fields } : {});
}

/** Whether the record shows all that the call asked for. */
export function showsRequest({ call, number }: Run, record: Opportunity): boolean {
  return call.changes.every((change) => asked(change, number).isShown(record));
}

/** What the change is as arguments, and whether a record shows it. */
type Asked = {
  args: Record<string, unknown> & { custom_fields?: unknown[] };
  isShown(record: Opportunity): boolean;
};

function asked(change: Change, number: number): Asked {
  const { salesWon } = ids.statuses;
  const { status, field, user } = named;
  const [line, passage, one, two] = [`N${number}`, `L${number}`, `T${number}a`, `T${number}b`];
  const operation = (action: string, value: readonly string[], of = "Tags") => ({
    custom_fields: [{ field: of, action, value }],
  });
  const holds =
    (...list: string[]) =>
    (record: Opportunity) =>
      list.every((each) => [...tagsOf(record), ...marksOf(record)].includes(each));
  switch (change.what) {
    case "status":
      return {
        args: { status_id: change.won ? salesWon : status.name },
        isShown: ({ status_id }) => (status_id === salesWon) === change.won,
      };
    case "value":
      return { args: { value: change.cents }, isShown: ({ value }) => value === change.cents };
    case "owner":
      return {
        args: { user_id: user.name },
        isShown: ({ user_id }) => user_id === user.first || user_id === user.second,
      };
    case "seats":
      return {
        args: operation("set", [`${change.count}`], field.name),
        isShown: ({ custom }) => custom[field.first] === change.count || custom[field.second] === change.count,
      };
    case "note":
      return { args: { note: change.text }, isShown: ({ note }) => note === change.text };
    case "bold note":
      return {
        args: { note_html: "<body><p><b>Second warehouse needs lamps.</b></p></body>" },
        isShown: ({ note_html }) => note_html?.includes("<b>") === true,
      };
    case "note line":
      return { args: { note_append: line }, isShown: holds(line) };
    case "note passage":
      return { args: { note_replace: { find: "lamps", replace: passage } }, isShown: holds(passage) };
    case "clear date_won":
      return { args: { clear: ["date_won"] }, isShown: ({ date_won }) => date_won === null };
    case "add a tag":
      return { args: operation("add", [one]), isShown: holds(one) };
    case "add two tags":
      return { args: operation("add", [one, two]), isShown: holds(one, two) };
    case "remove the old tag":
      return { args: operation("remove", ["Old"]), isShown: (record) => !holds("Old")(record) };
    case "replace the tags":
      return { args: operation("set", ["Old", one]), isShown: holds(one) };
  }
}
