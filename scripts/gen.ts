/** Writes everything in the repository that is generated: the reference, and server.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { serverJson } from "./publish/registry-entry.ts";
import { withReference } from "./reference/reference.ts";

const root = new URL("../", import.meta.url);
const rewrite = (path: string, change: (text: string) => string) => {
  const file = new URL(path, root);
  writeFileSync(file, change(readFileSync(file, "utf8")));
};

for (const page of ["README.md", "docs/reference.md"]) rewrite(page, withReference);
writeFileSync(new URL("server.json", root), serverJson());
