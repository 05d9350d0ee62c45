/** Builds the bundle for Claude Desktop into build/. */
import { fileURLToPath } from "node:url";
import { buildBundle } from "./bundle.ts";

process.stdout.write(`${await buildBundle(fileURLToPath(new URL("../../build", import.meta.url)))}\n`);
