import { z } from "zod/v3";
import { type Fact, refuteIf, shows, source } from "../fact.ts";
import { entries, idsIn } from "./finding.ts";

const { listPage, eventPage, limitPage, fieldsPage, recorded, inferred } = source;

/** The forms of answers. */
export const answers: readonly Fact[] = [
  {
    claim: "An opportunity that does not exist is answered with 404 and JSON that has error or errors",
    source: recorded,
    otherwise: "it is taken for an answer that is not Close's",
    async check({ close }) {
      const { status, json, text } = await close.send("GET", "/opportunity/oppo_None/");
      refuteIf(status !== 404 || !("error" in json || "errors" in json), `${status} ${text.slice(0, 200)}`);
    },
  },
  {
    claim: "A list has data, has_more and total_results, and sums by value_period",
    source: listPage,
    otherwise: "totals are missing, and pages are lost",
    async check({ close, leadId }) {
      const answer = await close.ask("GET", `/opportunity/?lead_id=${leadId}&_limit=1`);
      const missing = ["data", "has_more", "total_results", "total_value_monthly", "count_by_value_period"].filter(
        (key) => !(key in answer),
      );
      refuteIf(missing.length > 0, `there was no ${missing.join(", ")}`);
      shows(answer, { has_more: true, total_results: 2 });
    },
  },
  {
    claim: "_skip and _limit page through a list, and a page of 200 is given",
    source: listPage,
    otherwise: "opportunities are missing from what is found",
    async check({ close, leadId, id, otherId }) {
      const page = async (skip: number) =>
        idsIn(await close.ask("GET", `/opportunity/?lead_id=${leadId}&_limit=1&_skip=${skip}`));
      const found = [...(await page(0)), ...(await page(1))];
      refuteIf(![id, otherId].every((one) => found.includes(one)), `two pages of one held ${found.join(", ")}`);
      await close.ask("GET", "/opportunity/?_limit=200&_fields=id");
    },
  },
  {
    claim: "_fields leaves only the fields that it names",
    source: listPage,
    otherwise: "nothing but longer answers",
    async check({ close, leadId }) {
      const [first = {}] = entries.parse(
        await close.ask("GET", `/opportunity/?lead_id=${leadId}&_fields=id,value`),
      ).data;
      refuteIf(Object.keys(first).sort().join() !== "id,value", `it left ${Object.keys(first).join(", ")}`);
    },
  },
  {
    claim: "GET /contact/ filters by lead_id",
    source: fieldsPage,
    otherwise: "contacts cannot be given by name",
    async check({ close, leadId, contactId }) {
      const found = idsIn(await close.ask("GET", `/contact/?lead_id=${leadId}&_fields=id,name,emails`));
      refuteIf(found.join() !== contactId, `it listed ${found.length} contacts, of one`);
    },
  },
  {
    claim: "GET /pipeline/ lists every pipeline with its statuses",
    source: recorded,
    otherwise: "statuses cannot be given by label",
    async check({ close }) {
      const { data } = entries.parse(await close.ask("GET", "/pipeline/"));
      refuteIf(!data.every(({ statuses }) => Array.isArray(statuses)), "a pipeline had no list of statuses");
    },
  },
  {
    claim: "GET /user/ lists the users, each with id, first_name, last_name and email",
    source: recorded,
    otherwise: "owners cannot be given by name",
    async check({ close, me }) {
      const { data } = entries.parse(await close.ask("GET", "/user/"));
      const own = data.find(({ id }) => id === me.id) ?? {};
      const missing = ["first_name", "last_name", "email"].filter((key) => !(key in own));
      refuteIf(missing.length > 0, `the key's own user had no ${missing.join(", ")}`);
    },
  },
  {
    claim: "GET /me/ names the organization and its currency",
    source: recorded,
    otherwise: "money is shown without its currency",
    async check({ close }) {
      const { organizations } = z
        .object({ organizations: z.array(z.record(z.unknown())) })
        .parse(await close.ask("GET", "/me/"));
      refuteIf(
        typeof organizations[0]?.currency !== "string",
        `it held ${Object.keys(organizations[0] ?? {}).join(", ")}`,
      );
    },
  },
  {
    claim:
      "GET /organization/{id}/ lists who has left as inactive_memberships, with user_id, user_first_name and user_last_name",
    source: inferred,
    otherwise: "people who have left are shown as bare ids",
    async check({ close, me }) {
      const { inactive_memberships: left } = z
        .object({ inactive_memberships: z.array(z.record(z.unknown())) })
        .parse(await close.ask("GET", `/organization/${me.organizations[0]?.id}/?_fields=inactive_memberships`));
      const missing = ["user_id", "user_first_name", "user_last_name"].filter((key) => left[0] && !(key in left[0]));
      refuteIf(
        missing.length > 0,
        `the first had no ${missing.join(", ")}, only ${Object.keys(left[0] ?? {}).join(", ")}`,
      );
    },
  },
  {
    claim: "The event log shows an update at once, the latest first, with what the changed fields held before",
    source: eventPage,
    otherwise: "an overwritten change of somebody else goes unnoticed, and the history lacks values",
    async check(trial) {
      const { confidence } = await trial.read();
      await trial.put({ confidence: confidence === 80 ? 81 : 80 });
      const path = `/event/?object_type=opportunity&object_id=${trial.id}&_limit=2`;
      const [latest = {}] = entries.parse(await trial.close.ask("GET", path)).data;
      shows(latest, { action: "updated", object_id: trial.id, user_id: trial.me.id });
      const { changed_fields, previous_data } = latest;
      const isListed = Array.isArray(changed_fields) && changed_fields.includes("confidence");
      refuteIf(!isListed, `changed_fields was ${JSON.stringify(changed_fields)}`);
      shows(z.record(z.unknown()).catch({}).parse(previous_data), { confidence });
    },
  },
  {
    claim: "Answers announce the rate limit in a RateLimit header: limit, remaining, reset in seconds",
    source: limitPage,
    otherwise: "many updates run into 429s before they slow down",
    async check({ close }) {
      const header = (await close.send("GET", "/me/")).headers.get("ratelimit");
      refuteIf(!/limit=\d+\W+remaining=\d+\W+reset=[\d.]+/.test(header ?? ""), `the header was ${header}`);
    },
  },
  {
    claim: "Answers are dated by a Date header",
    source: inferred,
    otherwise: "a machine whose clock is off is not noticed",
    async check({ close }) {
      const date = (await close.send("GET", "/me/")).headers.get("date");
      refuteIf(Number.isNaN(Date.parse(date ?? "")), `the header was ${date}`);
    },
  },
  {
    claim: "A key that is not valid is answered with 401",
    source: recorded,
    otherwise: "a bad key is told as something else",
    async check({ close }) {
      const authorization = `Basic ${Buffer.from("api_none:").toString("base64")}`;
      const { status, text } = await close.send("GET", "/me/", undefined, { authorization });
      refuteIf(status !== 401, `${status} ${text.slice(0, 200)}`);
    },
  },
];
