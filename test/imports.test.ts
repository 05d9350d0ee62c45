import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";

/** What src/ is made of, from the ground up: each may import only from the lines above its own. */
const layers = [
  ["base"],
  ["organization"],
  ["opportunity"],
  ["audit.ts"],
  ["config.ts"],
  ["state", "close"],
  ["mcp"],
  ["tools"],
  ["server", "check.ts", "sandbox"],
  ["main.ts"],
  ["index.ts"],
];

/** Without I/O, so that a test needs nothing but values. */
const pure = ["organization", "opportunity"];

const folder = new URL("../src/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"));

/** Every import: of a file as its path below src/, of a package or of Node as it is written. */
const imports = files.flatMap((file) => {
  const text = readFileSync(new URL(file, folder), "utf8");
  return [...text.matchAll(/(?:^import\b[^;"(]*|^export[^;"(]* from |\bimport\()"([^"]+)"/gm)].map(([, name = ""]) => ({
    file,
    imported: name.startsWith(".") ? join(dirname(file), name) : name,
  }));
});

/** Without comments and texts. */
const codeOf = (file: string) =>
  readFileSync(new URL(file, folder), "utf8").replace(/\/\*.*?\*\/|\/\/.*?$|"(?:\\.|[^"\\])*"|`[^`]*`/gms, "");

const partOf = (path: string) => path.replace(/\/.*/, "");
const layerOf = (path: string) => layers.findIndex((layer) => layer.includes(partOf(path)));

describe("src/", () => {
  test("has a place in the layers for every file and folder", () => {
    expect([...new Set(files.map(partOf))].sort()).toEqual(layers.flat().sort());
    expect(imports.length).toBeGreaterThan(300);
  });

  test("imports in one direction only", () => {
    const between = imports.filter(
      ({ file, imported }) => files.includes(imported) && partOf(file) !== partOf(imported),
    );
    expect(between.filter(({ file, imported }) => layerOf(imported) >= layerOf(file))).toEqual([]);
  });

  test("has no circle of files", () => {
    const importsOf = (file: string) => imports.filter((one) => one.file === file && files.includes(one.imported));
    const reach = (file: string, seen: Set<string>): Set<string> => {
      for (const { imported } of importsOf(file)) {
        if (!seen.has(imported)) reach(imported, seen.add(imported));
      }
      return seen;
    };
    expect(files.filter((file) => reach(file, new Set()).has(file))).toEqual([]);
  });

  test("keeps I/O out of opportunity/ and organization/", () => {
    const allowed = ["node:util", "entities/decode", "leven", "zod/v3"];
    const outside = imports.filter(({ file, imported }) => pure.includes(partOf(file)) && !files.includes(imported));
    expect(outside.length).toBeGreaterThan(0);
    expect(outside.filter(({ imported }) => !allowed.includes(imported))).toEqual([]);
  });

  test("knows neither the clock, the process nor the network there", () => {
    const reaching = files
      .filter((file) => pure.includes(partOf(file)))
      .filter((file) =>
        /\b(fetch|process|setTimeout|setInterval|Math\.random|Date\.now|new Date\(\))(?![\w"])/.test(codeOf(file)),
      );
    expect(reaching).toEqual([]);
  });

  test("imports nothing of the rest in sandbox/", () => {
    const reaching = imports.filter(
      ({ file, imported }) => partOf(file) === "sandbox" && files.includes(imported) && partOf(imported) !== "sandbox",
    );
    expect(reaching).toEqual([]);
  });

  test("names Node's own modules as such", () => {
    expect(imports.filter(({ imported }) => builtinModules.includes(imported))).toEqual([]);
  });

  test("uses one generation of zod: two would double the program", () => {
    expect(imports.filter(({ imported }) => /^zod(?!\/v3$)(\/|$)/.test(imported))).toEqual([]);
  });

  test("uses undici in the transport alone, and hono in the sandbox alone", () => {
    const users = (name: RegExp) =>
      new Set(imports.filter(({ imported }) => name.test(imported)).map(({ file }) => file));
    expect([...users(/^undici/)]).toEqual(["close/http/transport.ts"]);
    expect([...users(/hono/)].map(partOf)).toEqual(expect.arrayContaining(["sandbox"]));
    expect([...users(/hono/)].filter((file) => partOf(file) !== "sandbox")).toEqual([]);
  });
});
