#!/usr/bin/env node
import * as nodeModule from "node:module";
import { join } from "node:path";

// From Node 22 on: compiled code is kept between starts, in a folder that belongs to the user.
const home = process.env.HOME ?? process.env.USERPROFILE;
if (home && "enableCompileCache" in nodeModule && typeof nodeModule.enableCompileCache === "function") {
  nodeModule.enableCompileCache(join(home, ".cache", "close-opportunity-mcp"));
}
// What is to be kept has to be loaded after this.
void import("./main.ts");
