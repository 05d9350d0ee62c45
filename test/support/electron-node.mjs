// Stands in for the Node that Claude Desktop brings along: a process of Electron, in which the program is not the
// main module but loaded by another.
import { pathToFileURL } from "node:url";

Object.defineProperty(process, "type", { value: "utility" });
Object.defineProperty(process.versions, "electron", { value: "38.0.0", enumerable: true });
const [, , program, ...args] = process.argv;
process.argv = ["node", program, ...args];
await import(pathToFileURL(program).href);
