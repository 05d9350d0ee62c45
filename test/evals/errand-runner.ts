import { z } from "zod/v3";
import { type Asked, type Move, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import { type Call, errands, thatPlan } from "./errands.ts";

/**
 * A model that in each turn of an errand makes the calls that do it, one after the other, and answers with the result of
 * the last.
 * @param instead other calls, by what the person says.
 */
export function startErrandRunner(instead: Record<string, readonly Call[]> = {}): Promise<ScriptedModel> {
  const turns = Object.values(errands).flat();
  return startScriptedModel(({ results, latest }: Asked): Move => {
    const { says } = latest;
    const call = (instead[says] ?? turns.find((turn) => turn.says === says)?.calls ?? [])[latest.results.length];
    if (call === undefined) return { says: latest.results.at(-1) ?? "That cannot be done, or not without asking." };
    const [name, args] = call;
    return { name, args: "plan" in args && args.plan === thatPlan ? { ...args, plan: latestPlan(results) } : args };
  });
}

/** The sentence of the plan or undo that a result held last. */
function latestPlan(results: readonly string[]): string {
  const found = results.flatMap((text) => [...text.matchAll(/"(?:plan|undo)":("(?:[^"\\]|\\.)*")/g)]);
  return z.string().parse(JSON.parse(found.at(-1)?.[1] ?? "null"));
}
