/** Draws the picture of the README. The program has to be built. */
import { writeFileSync } from "node:fs";
import { demoOutput, demoPicture } from "./demo-picture.ts";

const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("demo.svg", docs), demoPicture(await demoOutput()));
