import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod/v3";
import packageFile from "../../package.json" with { type: "json" };
import { ids } from "../../src/sandbox/sandbox.ts";
import { connectHost } from "../support/host.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const packed = z.tuple([
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);

let folder: string;
let tarball: string;
let contents: z.infer<typeof packed>[0];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  [contents] = packed.parse(JSON.parse(stdout));
  tarball = join(folder, contents.filename);
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder with the package alone, an empty home and cache, and no network: what it does not hold cannot be had. */
async function emptyMachine() {
  const home = await mkdtemp(join(folder, "home-"));
  const cwd = join(home, "work");
  await mkdir(cwd);
  await copyFile(tarball, join(cwd, "the.tgz"));
  return { cwd, env: { PATH: process.env.PATH ?? "", HOME: home, npm_config_offline: "true" } };
}

describe("the published package", () => {
  test("runs in an empty folder without a network", async () => {
    const { stdout } = await run("npx", ["--yes", "./the.tgz", "--version"], await emptyMachine());
    expect(stdout).toBe(`${packageFile.version}\n`);
  });

  test("brings all that an update in the sandbox needs", async () => {
    const host = await connectHost({
      ...(await emptyMachine()),
      command: "npx",
      args: ["--yes", "./the.tgz", "--sandbox"],
    });
    try {
      const reply = await host.call({ id: ids.opportunities.acmeExpansion, value: 75_000 });
      expect(reply.summary).toContain("value $500.00 one-time → $750.00 one-time");
    } finally {
      await host.close();
    }
  });

  test("installs nothing beside it", () => {
    expect(packageFile).not.toHaveProperty("dependencies");
    expect(packageFile).not.toHaveProperty("optionalDependencies");
    expect(packageFile).not.toHaveProperty("peerDependencies");
  });

  test("is under 1 MB, and holds the program, its documentation and licences alone", () => {
    expect(contents.unpackedSize).toBeLessThan(1_000_000);
    const outside = contents.files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
    expect(outside.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  });

  test("includes the licence of every library in it", async () => {
    const licences = await readFile(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    const libraries = [
      "@date-fns/tz",
      "@hono/node-server",
      "@modelcontextprotocol/sdk",
      "hono",
      "leven",
      "undici",
      "zod",
      "zod-to-json-schema",
    ];
    const headings = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+\S*\n\n/gm)].map(([, name]) => name);
    expect(headings).toEqual(libraries);
    expect(licences).toContain("llhttp");
    // In the words of MIT or ISC.
    expect(licences.match(/Permission (is hereby granted|to use, copy, modify)/g)).toHaveLength(
      libraries.length,
    );
  });
});

test("the sandbox and the HTTP client are files of their own, loaded when they are needed", () => {
  const files = contents.files.map(({ path }) => path).filter((path) => path.endsWith(".js"));
  expect(files.sort()).toEqual(["dist/index.js", "dist/main.js", "dist/sandbox.js", "dist/undici.js"]);
});
