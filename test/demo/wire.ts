import { setTimeout } from "node:timers/promises";
import { z } from "zod/v3";

const exchange = z.object({
  event: z.literal("exchange"),
  method: z.string(),
  path: z.string(),
  body: z.string().optional(),
  status: z.number(),
});

/** One request to Close and its answer, as the server's debug log tells it. */
export type Exchange = z.infer<typeof exchange>;

/** The exchanges in a server's log, once no more of it comes in: stderr and stdout reach a host independently. */
export async function exchangesIn(log: () => string): Promise<Exchange[]> {
  let seen: string;
  do {
    seen = log();
    await setTimeout(50);
  } while (log() !== seen);
  return seen
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => exchange.safeParse(JSON.parse(line)).data ?? []);
}
