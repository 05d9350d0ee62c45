#!/usr/bin/env node
import * as nodeModule from "node:module";

// Newer Node versions keep compiled code between starts; what is to be kept has to be loaded after this.
if ("enableCompileCache" in nodeModule && typeof nodeModule.enableCompileCache === "function") {
  nodeModule.enableCompileCache();
}

void import("./main.ts");
