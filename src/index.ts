#!/usr/bin/env node
import { name, oldestNode } from "./base/version.ts";

// Nothing before this line, nor in this file's syntax, may be newer than the versions that are turned away here.
const current = process.versions.node;
const ranked = (version: string) => version.split(".").reduce((rank, part) => rank * 1_000 + Number(part), 0);
if (ranked(current) < ranked(oldestNode)) {
  process.stderr.write(`${name} needs Node ${oldestNode} or newer; this is Node ${current}\n`);
  process.exitCode = 1;
} else {
  // From Node 22 on: compiled code is kept between starts, in a folder that belongs to the user.
  const nodeModule = process.getBuiltinModule("node:module");
  const home = process.env.HOME || process.env.USERPROFILE;
  if (home && "enableCompileCache" in nodeModule && typeof nodeModule.enableCompileCache === "function") {
    nodeModule.enableCompileCache(`${home}/.cache/close-opportunity-mcp`);
  }
  // What is to be kept has to be loaded after this.
  void import("./main.ts");
}
