import { randomInt } from "node:crypto";
import { parseJson } from "../base/json.ts";
import { type Plan, planSchema } from "../opportunity/plans/plan.ts";
import type { Files } from "./files.ts";

/** How long a plan can be carried out, in milliseconds. */
const lifetimes = { change: 3_600_000, undo: 7 * 24 * 3_600_000 };

/** The plans that can be carried out. */
export type Plans = ReturnType<typeof createPlans>;

/** Keeps each plan in a file, and in another one a line for each of its rows that was carried out. */
export function createPlans(files: Readonly<Record<Plan["kind"], Files>>) {
  const kinds = ["change", "undo"] as const;
  let tidiedAt = Number.NEGATIVE_INFINITY;

  function tidy(): void {
    if (Date.now() - tidiedAt < lifetimes.change) return;
    tidiedAt = Date.now();
    for (const kind of kinds) files[kind].removeOlder(lifetimes[kind]);
  }

  return {
    /** Gives the plan a name and keeps it. @param sentence makes its sentence, which ends with that name. */
    keep(made: Omit<Plan, "word" | "sentence" | "madeAt">, sentence: (word: string) => string): Plan {
      tidy();
      const word = newWord();
      const plan = { ...made, word, sentence: sentence(word), madeAt: new Date().toISOString() };
      files[made.kind].write(word, JSON.stringify(plan));
      return plan;
    },
    /** The plan of this name, if it still lives. */
    find(word: string): Plan | undefined {
      const plans = kinds.map((kind) => planSchema.safeParse(parseJson(files[kind].read(word) ?? "")).data);
      return plans.find((plan) => plan && Date.now() - Date.parse(plan.madeAt) < lifetimes[plan.kind]);
    },
    /** When the row at this position was carried out, in ISO 8601; undefined if it was not. */
    appliedAt({ kind, word }: Pick<Plan, "kind" | "word">, position: number): string | undefined {
      const lines = files[kind].read(doneFor(word))?.split("\n") ?? [];
      return lines.find((line) => line.startsWith(`${position} `))?.split(" ")[1];
    },
    /** Notes that the row was carried out: that is done once. */
    markApplied({ kind, word }: Pick<Plan, "kind" | "word">, position: number): void {
      files[kind].append(doneFor(word), `${position} ${new Date().toISOString()}`);
    },
  };
}

const doneFor = (word: string) => `${word}done`;

/** Six letters and digits: enough that no two plans of a week share them. */
function newWord(): string {
  const characters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from({ length: 6 }, () => characters.charAt(randomInt(characters.length))).join("");
}
