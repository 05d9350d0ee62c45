import { readFileSync } from "node:fs";
import { z } from "zod/v3";

const packageFile = z.object({ name: z.string(), version: z.string() });

/** The package's name and version, as package.json beside the program states them. */
export const { name, version } = packageFile.parse(
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")),
);
