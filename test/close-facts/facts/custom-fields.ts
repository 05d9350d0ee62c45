import { type Fact, NotChecked, needed, refuteIf, shows, source } from "../fact.ts";
import type { Trial } from "../trial.ts";

const { updatePage, fieldsPage, recorded } = source;

/** The key of the organization's first custom field of that type. @throws NotChecked if it has none. */
function keyOf(trial: Trial, type: string): string {
  return `custom.${needed(trial.fieldOf(type), `a custom field of the type ${type}`).id}`;
}

function severalChoices(trial: Trial): [key: string, first: string, second: string] {
  const field = needed(trial.fieldOf("choices", true), "a custom field of several choices");
  const [first, second] = field.choices ?? [];
  if (first === undefined || second === undefined) throw new NotChecked("needs a custom field of several choices");
  return [`custom.${field.id}`, first, second];
}

/** How custom fields are written and answered. */
export const customFields: readonly Fact[] = [
  {
    claim: "custom.ID sets a field, null empties it, and an empty field is absent or null",
    source: updatePage,
    otherwise: "set and unset do not do what they say",
    async check(trial) {
      const key = keyOf(trial, "text");
      shows(await trial.put({ [key]: "Some text" }), { [key]: "Some text" });
      shows(await trial.put({ [key]: null }), { [key]: null });
    },
  },
  {
    claim: "custom.ID.add adds one value to a list, custom.ID.remove takes one away",
    source: updatePage,
    otherwise: "tags of other people are lost",
    async check(trial) {
      const [key, first, second] = severalChoices(trial);
      await trial.put({ [key]: [first] });
      shows(await trial.put({ [`${key}.add`]: second }), { [key]: [first, second] });
      shows(await trial.put({ [`${key}.remove`]: first }), { [key]: [second] });
    },
  },
  {
    claim: "A list replaces a field of several values",
    source: updatePage,
    otherwise: "several additions to one field in one call, which are sent as a list, are lost",
    async check(trial) {
      const [key, first, second] = severalChoices(trial);
      await trial.put({ [key]: [first] });
      shows(await trial.put({ [key]: [second] }), { [key]: [second] });
      await trial.put({ [key]: null });
    },
  },
  {
    claim: "A number comes back as it was sent",
    source: recorded,
    otherwise: "a sent number is reported as not kept",
    async check(trial) {
      const key = keyOf(trial, "number");
      shows(await trial.put({ [key]: 12.5 }), { [key]: 12.5 });
    },
  },
  {
    claim: "A date comes back as it was sent",
    source: recorded,
    otherwise: "a sent date is reported as not kept",
    async check(trial) {
      const key = keyOf(trial, "date");
      shows(await trial.put({ [key]: "2031-05-06" }), { [key]: "2031-05-06" });
    },
  },
  {
    claim: "A date and time comes back as the same instant",
    source: recorded,
    otherwise: "a sent moment is reported as not kept",
    async check(trial) {
      const key = keyOf(trial, "datetime");
      const { [key]: held } = await trial.put({ [key]: "2031-05-06T10:30:00-05:00" });
      refuteIf(Date.parse(`${held}`) !== Date.parse("2031-05-06T15:30:00Z"), `it came back as ${JSON.stringify(held)}`);
    },
  },
  {
    claim: "The schema lists the fields, each with id, name, type and whether it takes several values",
    source: fieldsPage,
    otherwise: "custom fields have no names, and nothing is checked before it is sent",
    async check({ close }) {
      const { fields } = await close.ask("GET", "/custom_field_schema/opportunity/");
      const isListed = (one: unknown) =>
        typeof one === "object" &&
        one !== null &&
        ["id", "name", "type", "accepts_multiple_values"].every((key) => key in one);
      refuteIf(
        !Array.isArray(fields) || !fields.every(isListed),
        `fields was ${JSON.stringify(fields)?.slice(0, 200)}`,
      );
    },
  },
];
