import { type Close, UnexpectedAnswer } from "./close.ts";
import { type Fact, NotChecked, Refuted } from "./fact.ts";
import { answers } from "./facts/answers.ts";
import { customFields } from "./facts/custom-fields.ts";
import { finding } from "./facts/finding.ts";
import { updates } from "./facts/updates.ts";
import { type Me, type Trial, withTrial } from "./trial.ts";

export const facts: readonly Fact[] = [...updates, ...customFields, ...answers, ...finding];

/** What became of a check; `seen` is what was seen instead, or what it would have taken. */
export type Finding = { fact: Fact; result: "holds" | "does not hold" | "not checked"; seen?: string };

/**
 * Checks the facts, one after the other, on records that are made for it and removed at the end.
 * @param signal ends it early: the records are removed all the same.
 */
export function checkFacts(close: Close, me: Me, signal?: AbortSignal): Promise<Finding[]> {
  const checkAll = async (trial: Trial) => {
    const findings: Finding[] = [];
    for (const fact of facts) {
      signal?.throwIfAborted();
      findings.push({ fact, ...(await tried(fact, trial)) });
    }
    return findings;
  };
  return withTrial(close, me, checkAll, signal);
}

async function tried(fact: Fact, trial: Trial): Promise<Omit<Finding, "fact">> {
  try {
    await fact.check(trial);
    return { result: "holds" };
  } catch (error) {
    if (error instanceof NotChecked) return { result: "not checked", seen: error.message };
    if (error instanceof Refuted || error instanceof UnexpectedAnswer)
      return { result: "does not hold", seen: error.message };
    return {
      result: "does not hold",
      seen: `what came could not be read: ${String(error).replace(/\s+/g, " ").slice(0, 200)}`,
    };
  }
}

/** The findings as a table in Markdown. */
export function table(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({
      fact: {
        claim,
        source: [sure, from],
        otherwise,
      },
      result,
      seen,
    }) => [claim, `${sure}: ${from}`, otherwise, seen === undefined ? result : `**${result}**: ${seen}`],
  );
  const cells = [["fact", "how sure, and from where", "without it", "here"], ["---", "---", "---", "---"], ...rows];
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
