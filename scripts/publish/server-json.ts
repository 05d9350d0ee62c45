/** Writes server.json. */
import { writeFileSync } from "node:fs";
import { serverJson } from "./registry-entry.ts";

writeFileSync(new URL("../../server.json", import.meta.url), serverJson());
