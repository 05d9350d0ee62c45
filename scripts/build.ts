/**
 * Builds the published program into dist/: a few CommonJS files that hold all they need, and the licences of what
 * they hold. CommonJS, because Node starts it faster than ES modules. Does nothing if dist/ is up to date.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin, transform } from "esbuild";
import { z } from "zod/v3";

const root = fileURLToPath(new URL("..", import.meta.url));
const packageFile = z.object({ name: z.string(), version: z.string() });

/** undici holds it as WebAssembly, without a licence of its own. */
const ofLlhttp =
  "The HTTP parser llhttp, a part of undici, is licensed under the same terms: Copyright Fedor Indutny, 2018.";

const theSdk = /[/\\]@modelcontextprotocol[/\\]sdk[/\\]/;

/**
 * Libraries load more than this program ever calls: these modules stand in for theirs, for the sake of start-up time
 * and memory (`npm run bench`). The tests run the built program, so that what is missed shows there.
 */
const replacements: readonly { module: RegExp; importer?: RegExp; by: string }[] = [
  {
    // The SDK checks answers to elicitation with it, and this server elicits nothing.
    module: /\/validation\/ajv-provider\.js$/,
    by: "export class AjvJsonSchemaValidator {}",
  },
  {
    // The SDK's high-level class takes schemas of this kind, and is not used.
    module: /^zod\/v3$/,
    importer: theSdk,
    by: "export const object = undefined;",
  },
  {
    // And converts them.
    module: /^zod-to-json-schema$/,
    importer: theSdk,
    by: "export const zodToJsonSchema = undefined;",
  },
  {
    // undici's index loads fetch, WebSocket, mocks and caches as well. Its agents for proxies call `connect` alone.
    module: /^undici$/,
    by: `
      import connect from "undici/lib/api/api-connect.js";
      import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
      Object.assign(Dispatcher.prototype, { connect });
      export { default as Agent } from "undici/lib/dispatcher/agent.js";
      export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";
      export { default as Pool } from "undici/lib/dispatcher/pool.js";
      export { default as buildConnector } from "undici/lib/core/connect.js";
    `,
  },
];

const replace: Plugin = {
  name: "replace",
  setup({ onResolve, onLoad, onEnd }) {
    const unused = new Set(replacements);
    onEnd(() => {
      for (const { module } of unused)
        throw new Error(`Nothing loads ${module} any more: see what does instead.`);
    });
    for (const [at, replacement] of replacements.entries()) {
      const { module, importer, by } = replacement;
      const namespace = `replaced-${at}`;
      onResolve({ filter: module }, (found) => {
        if (importer !== undefined && !importer.test(found.importer)) return undefined;
        unused.delete(replacement);
        return { path: found.path, namespace };
      });
      onLoad({ filter: /.*/, namespace }, () => ({ contents: by, resolveDir: root }));
    }
  },
};

/**
 * The SDK declares the messages of the whole protocol, of which this server speaks a few: marked as free of side
 * effects, those that nothing refers to are dropped. Declaring them takes longer than all else at the start.
 */
const dropUnusedMessages: Plugin = {
  name: "drop-unused-messages",
  setup({ onLoad }) {
    onLoad({ filter: /@modelcontextprotocol[/\\]sdk[/\\]dist[/\\]esm[/\\]types\.js$/ }, async ({ path }) => {
      // Printed by esbuild, every statement starts and ends in the first column.
      const { code } = await transform(readFileSync(path, "utf8"));
      const declaration = /^((?:export )?const \w+ = )((?:z|\w+Schema)\..*?);$(?=\n\w)/gms;
      if ((code.match(declaration)?.length ?? 0) < 100)
        throw new Error(`${path} declares messages otherwise now.`);
      return { contents: code.replace(declaration, "$1/* @__PURE__ */ (() => $2)();") };
    });
  },
};

if (isUpToDate()) process.exit();
rmSync(`${root}dist`, { recursive: true, force: true });

// esbuild splits ES modules only: what comes out is turned into CommonJS file by file.
const { outputFiles, metafile, warnings } = await build({
  entryPoints: [`${root}src/index.ts`],
  absWorkingDir: root,
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20",
  format: "esm",
  minify: true,
  legalComments: "none",
  metafile: true,
  write: false,
  plugins: [replace, dropUnusedMessages],
});
// A library that calls what is left out is no more than a warning to esbuild.
if (warnings.length > 0) throw new Error("dist/ is not written: see the warnings above.");
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    // With `require` in its place a file is read at once, without the machinery of ES modules.
    supported: { "dynamic-import": false },
  });
  write(path, code);
}
write(`${root}dist/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
write(`${root}dist/THIRD-PARTY-LICENSES.txt`, licences(metafile));

/** As make decides: whether the last file written is newer than everything that the program is made of. */
function isUpToDate(): boolean {
  const modified = (path: string) => statSync(root + path, { throwIfNoEntry: false })?.mtimeMs;
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).map(
    (path) => `src/${path}`,
  );
  const built = modified("dist/THIRD-PARTY-LICENSES.txt") ?? 0;
  return ["scripts/build.ts", "package.json", "package-lock.json", ...sources].every(
    (path) => (modified(path) ?? Number.POSITIVE_INFINITY) < built,
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The licence texts of every package that something in the program comes from. */
function licences({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [],
  );
  return [...new Set(folders)]
    .sort()
    .map(licence)
    .join(`\n${"-".repeat(100)}\n\n`);
}

function licence(folder: string): string {
  const { name, version } = packageFile.parse(
    JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8")),
  );
  const file = readdirSync(root + folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence text to include.`);
  const text = readFileSync(`${root}${folder}/${file}`, "utf8").trim();
  return [`${name} ${version}`, text, ...(name === "undici" ? [ofLlhttp] : [])].join("\n\n").concat("\n");
}
