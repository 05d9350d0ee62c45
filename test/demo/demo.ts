/** Prints the demo. Exits with 1 where anything is not as it should be. */
import { showDemo } from "./show.ts";

const faults = await showDemo((line) => process.stdout.write(`${line}\n`));
process.exitCode = faults.length === 0 ? 0 : 1;
