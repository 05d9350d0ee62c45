/**
 * Holds Close to what the program relies on: `CLOSE_API_KEY=… npm run verify-close -- orga_…` makes one lead with two
 * opportunities in that organization, tries every fact on them, and removes them again, also when it is interrupted. Nothing
 * else is touched. Prints a table, and exits with 1 if a fact does not hold.
 */
import { checkFacts, table } from "./check.ts";
import { connect } from "./close.ts";
import { readMe } from "./trial.ts";

const { CLOSE_API_KEY: key, CLOSE_BASE_URL: baseUrl = "https://api.close.com/api/v1" } = process.env;
const [typed] = process.argv.slice(2);

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => interrupted.abort(new Error("Interrupted. The records of the trial are removed.")));

async function verify(): Promise<boolean> {
  if (!key) throw new Error("Set CLOSE_API_KEY to a key of the organization in which records may be made.");
  const close = connect(baseUrl, `Basic ${Buffer.from(`${key}:`).toString("base64")}`);
  const me = await readMe(close);
  const [organization] = me.organizations;
  if (typed === undefined || typed !== organization?.id) {
    throw new Error(
      `This makes one lead with two opportunities in ${JSON.stringify(organization?.name)}, and removes them at the end. To agree, type the organization's id: npm run verify-close -- ${organization?.id}`,
    );
  }
  process.stderr.write("Making a lead with two opportunities, and checking: this takes some minutes.\n");
  const findings = await checkFacts(close, me, interrupted.signal);
  const count = (wanted: string) => findings.filter(({ result }) => result === wanted).length;
  const counts = `${count("holds")} hold, ${count("does not hold")} do not, ${count("not checked")} were not checked.`;
  process.stdout.write(`${table(findings)}\n\n${counts} The records of the trial are removed.\n`);
  return count("does not hold") === 0;
}

verify().then(
  (isGood) => {
    process.exitCode = isGood ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
