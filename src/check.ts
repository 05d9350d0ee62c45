import { Failure, orError } from "./base/failure.ts";
import type { Log } from "./base/log.ts";
import { printable, quote } from "./base/text.ts";
import { machineTimeZone, offsetHours } from "./base/time-zone.ts";
import { connect } from "./close/connect.ts";
import { redactor } from "./close/http/redaction.ts";
import type { Config } from "./config.ts";
import { type List, UnreadList, userName } from "./organization/lists.ts";
import { shownAddress } from "./organization/people.ts";
import { openState } from "./state/state.ts";

/** How long a check may take, in milliseconds. */
const maxCheckMs = 40_000;

/** Whether the credentials work and whose they are: what a person should know before an agent gets the server. */
export async function check(config: Config, log: Log): Promise<{ works: boolean; report: string }> {
  const { close, directory } = connect(config, log);
  const { confirm, writableFields, maxUpdatesPerHour } = config;
  const { path, fault } = openState(config, log);
  const redact = redactor(config.credentials);
  const ownZone = config.timeZone ?? machineTimeZone(config.machineZone);
  const timeZone = ownZone ?? "UTC";
  try {
    close.requireCredentials();
    const deadline = performance.now() + maxCheckMs;
    const call = { signal: AbortSignal.timeout(maxCheckMs), deadline, timeZone };
    // Asked first and by itself: if this fails, so does all else, and its failure says what to do.
    const me = await close.me(call);
    const names = directory.namesFor(call);
    const [pipelines, customFields] = await Promise.all([count(names.pipelines), count(names.customFields)]);
    const [organization] = me.organizations ?? [];
    const lines: [label: string, value: string | undefined][] = [
      ["Close", config.baseUrl],
      ["user", `${quote(userName(me))} (${shownAddress(me.email ?? me.id)})`],
      ["organization", organization?.name ? quote(organization.name) : "unknown"],
      ["currency", organization?.currency ?? "unknown"],
      ["time zone", `${timeZone}, now ${offsetHours(timeZone, new Date())} hours east of UTC`],
      ["warning", ownZone === undefined ? noTimeZone : undefined],
      ["warning", close.clock.fault()],
      ["pipelines", String(pipelines)],
      ["custom fields", String(customFields)],
      ["state folder", path ?? `none (${fault}): ${without}`],
      ["confirm", confirm],
      ["writable fields", writableFields?.join(", ")],
      ["updates an hour", maxUpdatesPerHour === undefined ? undefined : `at most ${maxUpdatesPerHour}`],
    ];
    const works = typeof pipelines === "number" && typeof customFields === "number";
    const report = lines.flatMap(([label, value]) => (value ? label.padEnd(17) + printable(value) : []));
    return { works, report: redact(report.join("\n")) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { problem, details = [], remedy } = error.report;
    return { works: false, report: redact([problem, ...details, remedy].map(printable).join("\n")) };
  }
}

const without =
  "plans and locks are each process's own, so that other processes do not wait for its updates, cannot take them back, and count theirs apart";

const noTimeZone =
  "this machine's time zone cannot be determined, so that UTC decides which day is today: set CLOSE_TIME_ZONE";

/** How many entries the list has, or why it could not be read. */
async function count(list: List<unknown>): Promise<number | string> {
  const entries = await orError(list.read(), UnreadList);
  return entries instanceof UnreadList ? entries.report.problem : entries.length;
}
