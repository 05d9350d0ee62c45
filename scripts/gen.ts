/** Writes what is generated in the repository: the tables of the documentation, and server.json for the MCP registry. */
import { readFileSync, writeFileSync } from "node:fs";
import { withReference } from "./reference.ts";
import { stamped } from "./stamp.ts";

const file = (path: string) => new URL(`../${path}`, import.meta.url);
const read = (path: string) => readFileSync(file(path), "utf8");

for (const page of ["README.md", "docs/reference.md"]) writeFileSync(file(page), withReference(read(page)));
writeFileSync(file("server.json"), stamped(read("packaging/server.json")));
