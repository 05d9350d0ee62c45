import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";
import type { Json } from "../close.ts";
import { type Fact, refuteIf, source } from "../fact.ts";
import { email, leadWord, type Trial } from "../trial.ts";

const { listPage, searchPage, clients } = source;

export const entries = z.object({ data: z.array(z.record(z.unknown())) });
export const idsIn = (answer: Json) => entries.parse(answer).data.map(({ id }) => id);

/** What has been written may be found later: so long, in seconds, is it looked for. */
const patience = { list: 30, search: 120 };

/** Looks again until both, or one, or none of the trial's opportunities are found. @throws Refuted if that does not come. */
async function finds(trial: Trial, filters: Record<string, string>, wanted: readonly string[]): Promise<void> {
  const query = new URLSearchParams({ lead_id: trial.leadId, ...filters });
  await eventually(patience.list, async () => {
    const found = idsIn(await trial.close.ask("GET", `/opportunity/?${query}`));
    const isWanted = found.length === wanted.length && wanted.every((id) => found.includes(id));
    return isWanted ? undefined : `${found.length} of the trial's two were found instead of ${wanted.length}`;
  });
}

/** Calls until nothing else is seen than what should be. @throws Refuted with what is seen in the end. */
async function eventually(seconds: number, look: () => Promise<string | undefined>): Promise<void> {
  for (const end = performance.now() + seconds * 1_000; ; await setTimeout(1_000)) {
    const seen = await look();
    if (seen === undefined) return;
    refuteIf(performance.now() > end, `${seen}, even after ${seconds} seconds`);
  }
}

const field = (object_type: string, field_name: string) => ({ type: "regular_field", object_type, field_name });

const leadSearch = (mode: string, value: string) => ({
  query: {
    type: "and",
    queries: [
      { type: "object_type", object_type: "lead" },
      { type: "field_condition", field: field("lead", "display_name"), condition: { type: "text", mode, value } },
      {
        type: "has_related",
        this_object_type: "lead",
        related_object_type: "opportunity",
        related_query: { type: "match_all" },
      },
    ],
  },
  sort: [{ direction: "desc", field: field("lead", "date_created") }],
  _fields: { lead: ["id", "display_name"] },
  _limit: 11,
});

const contactSearch = {
  query: {
    type: "and",
    queries: [
      { type: "object_type", object_type: "contact" },
      {
        type: "has_related",
        this_object_type: "contact",
        related_object_type: "contact_email",
        related_query: {
          type: "field_condition",
          field: field("contact_email", "email"),
          condition: { type: "text", mode: "phrase", value: email },
        },
      },
    ],
  },
  _fields: { contact: ["id", "lead_id"] },
  _limit: 200,
};

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** The filters of the list, each with what it leaves of the trial's two opportunities. */
const filtered = (claim: string, filters: (trial: Trial) => Record<string, string>, count: 0 | 1 | 2): Fact => ({
  claim: `GET /opportunity/ filters by ${claim}`,
  source: listPage,
  otherwise: "find_opportunities returns too much, or too little",
  check: (trial) => finds(trial, filters(trial), [trial.id, trial.otherId].slice(0, count)),
});

/** How opportunities, leads and contacts are found. */
export const finding: readonly Fact[] = [
  filtered("lead_id", () => ({}), 2),
  filtered("status_type", () => ({ status_type: "lost" }), 0),
  filtered(
    "status_id__in, ids joined by commas",
    ({ statusOf }) => ({ status_id__in: `${statusOf("active")},${statusOf("won")}` }),
    2,
  ),
  filtered("user_id", ({ me }) => ({ user_id: me.id }), 2),
  filtered(
    "date_created__gte and date_created__lt",
    () => ({ date_created__gte: dayFrom(-2), date_created__lt: dayFrom(2) }),
    2,
  ),
  filtered("date_updated__lt", () => ({ date_updated__lt: dayFrom(-2) }), 0),
  {
    claim: "GET /opportunity/ filters by date_won__gte and date_won__lte, both inclusive",
    source: listPage,
    otherwise: "deals that close on the last day of a quarter are missing",
    async check(trial) {
      await trial.put({ date_won: "2031-05-06" });
      await finds(trial, { date_won__gte: "2031-05-06", date_won__lte: "2031-05-06" }, [trial.id]);
      await trial.put({ date_won: null });
    },
  },
  {
    claim: "_order_by takes the eight fields that find_opportunities offers, each with a minus too",
    source: listPage,
    otherwise: "an order is refused",
    async check({ close, leadId }) {
      const orders =
        "date_won date_updated date_created confidence user_name value annualized_value annualized_expected_value";
      for (const order of orders.split(" ").flatMap((one) => [one, `-${one}`])) {
        await close.ask("GET", `/opportunity/?lead_id=${leadId}&_order_by=${order}`);
      }
    },
  },
  {
    claim: "query searches in notes: note:word",
    source: clients,
    otherwise: "the examples of query find nothing",
    async check(trial) {
      await trial.put({ note: "Zanzibarite" });
      await finds(trial, { query: "note:zanzibarite" }, [trial.id]);
    },
  },
  {
    claim: "Leads are searched by the beginning of words of display_name, those with opportunities, the newest first",
    source: clients,
    otherwise: "leads are found by whole words only, as the program then falls back",
    check: ({ close, leadId }) =>
      eventually(patience.search, async () => {
        const found = idsIn(await close.ask("POST", "/data/search/", leadSearch("beginning_of_words", leadWord[0])));
        return found.includes(leadId) ? undefined : "the trial's lead was not found";
      }),
  },
  {
    claim: "Leads are searched by whole words of display_name",
    source: searchPage,
    otherwise: "no lead is found by its name",
    check: ({ close, leadId }) =>
      eventually(patience.search, async () => {
        const found = idsIn(await close.ask("POST", "/data/search/", leadSearch("full_words", leadWord.join(""))));
        return found.includes(leadId) ? undefined : "the trial's lead was not found";
      }),
  },
  {
    claim: "Contacts are searched by e-mail address",
    source: clients,
    otherwise: "find_opportunities finds nothing by a contact's e-mail address",
    check: ({ close, contactId }) =>
      eventually(patience.search, async () => {
        const found = idsIn(await close.ask("POST", "/data/search/", contactSearch));
        return found.includes(contactId) ? undefined : "the trial's contact was not found";
      }),
  },
];
