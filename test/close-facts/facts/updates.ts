import { type Fact, needed, refuteIf, shows, source } from "../fact.ts";
import type { Trial } from "../trial.ts";

const { updatePage, recorded, inferred } = source;

const won = (trial: Trial) => needed(trial.statusOf("won"), "a won status in the first pipeline");
const lost = (trial: Trial) => needed(trial.statusOf("lost"), "a lost status in the first pipeline");
const active = (trial: Trial) => trial.statusOf("active");

/** The day that it is at so many hours east of UTC. */
const dayAt = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 10);

/** What a PUT does to an opportunity. */
export const updates: readonly Fact[] = [
  {
    claim: "A PUT changes only the keys that are sent",
    source: updatePage,
    otherwise: "an update empties whatever it does not name",
    async check(trial) {
      await trial.put({ value: 12_300, note: "Kept" });
      shows(await trial.put({ confidence: 60 }), { value: 12_300, note: "Kept", confidence: 60 });
    },
  },
  {
    claim: "A PUT answers with the opportunity as it is afterwards, and a GET shows the same at once",
    source: recorded,
    otherwise: "what changed is reported wrongly, and a lost answer judged wrongly",
    async check(trial) {
      const after = await trial.put({ value: 45_600 });
      shows(after, { id: trial.id, value: 45_600 });
      shows(await trial.read(), { value: 45_600, date_updated: after.date_updated });
    },
  },
  {
    claim: "Values are in cents: 50000 is 500 of the currency",
    source: recorded,
    otherwise: "every amount is a hundredfold wrong",
    async check(trial) {
      const { value_formatted } = await trial.put({ value: 50_000, value_period: "monthly" });
      const digits = String(value_formatted).replace(/[^\d]/g, "");
      refuteIf(
        !["500", "50000"].includes(digits) || /50[.,]?000/.test(`${value_formatted}`),
        `it was shown as ${value_formatted}`,
      );
    },
  },
  {
    claim: "value: null empties the value",
    source: inferred,
    otherwise: "clear of a value is refused by Close",
    async check(trial) {
      shows(await trial.put({ value: 500 }), { value: 500 });
      shows(await trial.put({ value: null }), { value: null });
    },
  },
  {
    claim: 'note: "" empties the note, in both forms',
    source: recorded,
    otherwise: "clear of a note is refused, or leaves the rich form",
    async check(trial) {
      shows(await trial.put({ note: "Something" }), { note: "Something" });
      const { note, note_html } = await trial.put({ note: "" });
      refuteIf(Boolean(note) || Boolean(note_html), `it holds ${JSON.stringify({ note, note_html })}`);
    },
  },
  {
    claim: "A plain note alone renews the rich form",
    source: updatePage,
    otherwise: "a replaced note still shows its old rich form",
    async check(trial) {
      await trial.put({ note_html: "<body><p>Old</p></body>" });
      const { note, note_html } = await trial.put({ note: "New words" });
      refuteIf(
        note !== "New words" || !`${note_html}`.includes("New words"),
        `it holds ${JSON.stringify({ note, note_html })}`,
      );
    },
  },
  {
    claim: "A rich note alone renews the plain form, and keeps its formatting",
    source: updatePage,
    otherwise: "note_html and note_append to rich text report what is not there",
    async check(trial) {
      const { note, note_html } = await trial.put({
        note_html: "<body><p>Some <strong>bold</strong> words</p></body>",
      });
      const isKept = `${note}`.includes("bold words") && `${note_html}`.includes("<strong>bold</strong>");
      refuteIf(!isKept, `it holds ${JSON.stringify({ note, note_html })}`);
    },
  },
  {
    claim: "note_html: null empties both forms",
    source: updatePage,
    otherwise: "the undo of a rich note leaves something behind",
    async check(trial) {
      shows(await trial.put({ note: "Something" }), { note: "Something" });
      const { note, note_html } = await trial.put({ note_html: null });
      refuteIf(Boolean(note) || Boolean(note_html), `it holds ${JSON.stringify({ note, note_html })}`);
    },
  },
  {
    claim: "date_won is answered as YYYY-MM-DD, also on an active opportunity, and null empties it",
    source: updatePage,
    otherwise: "a sent date is reported as not kept, and clear is refused",
    async check(trial) {
      shows(await trial.put({ status_id: active(trial), date_won: "2031-05-06" }), { date_won: "2031-05-06" });
      shows(await trial.put({ date_won: null }), { date_won: null });
    },
  },
  {
    claim: "A won status fills an empty date_won with today, by the offset in x-tz-offset",
    source: updatePage,
    otherwise: "deals are won on the wrong day around midnight",
    async check(trial) {
      await trial.put({ status_id: active(trial), date_won: null });
      // Close takes offsets in hours east of UTC; at one of these it is another day than in UTC.
      const hours = new Date().getUTCHours() < 12 ? -12 : 13;
      const after = await trial.put({ status_id: won(trial) }, { "x-tz-offset": `${hours}` });
      shows(after, { status_type: "won", date_won: dayAt(hours) });
    },
  },
  {
    claim: "A won status leaves a date_won that is there",
    source: updatePage,
    otherwise: "the warning of an expected close date that stays is wrong",
    async check(trial) {
      await trial.put({ status_id: active(trial), date_won: "2031-05-06" });
      shows(await trial.put({ status_id: won(trial) }), { date_won: "2031-05-06" });
    },
  },
  {
    claim: "date_won that is sent with a won status is kept as sent",
    source: updatePage,
    otherwise: "a win cannot be dated",
    async check(trial) {
      await trial.put({ status_id: active(trial), date_won: null });
      shows(await trial.put({ status_id: won(trial), date_won: "2026-01-02" }), { date_won: "2026-01-02" });
    },
  },
  {
    claim: "Leaving a won status does not clear date_won",
    source: updatePage,
    otherwise: "the undo of a win leaves the date that Close set",
    async check(trial) {
      await trial.put({ status_id: won(trial), date_won: "2026-01-02" });
      shows(await trial.put({ status_id: active(trial) }), { date_won: "2026-01-02" });
    },
  },
  {
    claim: "A lost status stamps date_lost, and leaving it takes that away",
    source: inferred,
    otherwise: "what Close does by itself is put down to somebody else",
    async check(trial) {
      const { date_lost } = await trial.put({ status_id: lost(trial) });
      refuteIf(Number.isNaN(Date.parse(`${date_lost}`)), `date_lost was ${JSON.stringify(date_lost)}`);
      shows(await trial.put({ status_id: active(trial) }), { date_lost: null });
    },
  },
  {
    claim: "A status of another pipeline moves the opportunity there",
    source: inferred,
    otherwise: "`Pipeline / Label` is refused, or leaves the opportunity where it was",
    async check(trial) {
      const there = needed(
        trial.otherPipelines.find(({ statuses }) => statuses.length > 0),
        "a second pipeline",
      );
      shows(await trial.put({ status_id: there.statuses[0]?.id }), { pipeline_id: there.id });
      await trial.put({ status_id: active(trial) });
    },
  },
  {
    claim: "contact_id takes a contact of the lead, and null empties it",
    source: updatePage,
    otherwise: "clear of a contact is refused",
    async check(trial) {
      shows(await trial.put({ contact_id: trial.contactId }), { contact_id: trial.contactId });
      shows(await trial.put({ contact_id: null }), { contact_id: null });
    },
  },
  {
    claim: "An update dates the opportunity and names the key's user",
    source: recorded,
    otherwise: "a lost answer cannot be judged, and expected_date_updated guards nothing",
    async check(trial) {
      const before = await trial.read();
      const after = await trial.put({ confidence: Number(before.confidence) === 30 ? 31 : 30 });
      shows(after, { updated_by: trial.me.id });
      refuteIf(
        Date.parse(`${after.date_updated}`) <= Date.parse(`${before.date_updated}`),
        "date_updated did not grow",
      );
    },
  },
  {
    claim: "Moments are answered with their offset from UTC",
    source: recorded,
    otherwise: "states are taken for older or newer than they are",
    async check(trial) {
      const { date_updated } = await trial.read();
      refuteIf(!/(Z|[+-]\d\d:\d\d)$/.test(`${date_updated}`), `date_updated was ${date_updated}`);
    },
  },
  {
    claim: "What is wrong with a field is answered with 400, under field-errors",
    source: recorded,
    otherwise: "the refusal is shown without Close's own words",
    async check(trial) {
      const { status, json, text } = await trial.close.send("PUT", `/opportunity/${trial.id}/`, {
        status_id: "stat_none",
      });
      refuteIf(status !== 400 || !("field-errors" in json), `${status} ${text.slice(0, 200)}`);
    },
  },
  {
    claim: "A refused update changes nothing at all",
    source: inferred,
    otherwise: "a refusal says that the opportunity is unchanged, and it is not",
    async check(trial) {
      await trial.put({ confidence: 20 });
      await trial.close.send("PUT", `/opportunity/${trial.id}/`, { confidence: 70, status_id: "stat_none" });
      shows(await trial.read(), { confidence: 20 });
    },
  },
];
