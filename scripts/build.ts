/**
 * Builds the published program into dist/: CommonJS files that hold all they need, and the licences of what they hold.
 * CommonJS, because Node starts it faster than ES modules.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { z } from "zod/v3";

const root = fileURLToPath(new URL("..", import.meta.url));
const packageFile = z.object({ name: z.string(), version: z.string() });

/**
 * What stands in for modules that load more than this program ever calls, for the sake of start-up time and memory
 * (`npm run bench`). The tests run the built program, so that what is missed shows there.
 */
const standIns: readonly [RegExp, string][] = [
  // The SDK checks answers to elicitation with it, and this server elicits nothing.
  [/\/validation\/ajv-provider\.js$/, "export class AjvJsonSchemaValidator {}"],
  // It looks for the home folder as it loads: where there is none, as in some containers, the program could not start.
  [/^env-paths$/, `export default (...args) => require("./node_modules/env-paths/index.js").default(...args);`],
  // It makes its table of names as it loads, and few notes need it.
  [
    /^entities\/decode$/,
    `export const decodeHTMLStrict = (text) =>
      text.includes("&") ? require("./node_modules/entities/dist/commonjs/decode.js").decodeHTMLStrict(text) : text;`,
  ],
  // undici's index loads fetch, WebSocket, mocks and caches as well. Its agents for proxies call `connect` alone.
  [
    /^undici$/,
    `
      import connect from "undici/lib/api/api-connect.js";
      import request from "undici/lib/api/api-request.js";
      import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
      Object.assign(Dispatcher.prototype, { connect, request });
      export { default as Agent } from "undici/lib/dispatcher/agent.js";
      export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";
      export { default as Pool } from "undici/lib/dispatcher/pool.js";
      export { default as buildConnector } from "undici/lib/core/connect.js";
    `,
  ],
];

const plugin: Plugin = {
  name: "program",
  setup({ onResolve, onLoad }) {
    // What is loaded later is a file of its own.
    onResolve({ filter: /^/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.js`, external: true } : undefined,
    );
    for (const [module, contents] of standIns) {
      const namespace = String(module);
      onResolve({ filter: module }, ({ path }) => ({ path, namespace }));
      onLoad({ filter: /.*/, namespace }, () => ({ contents, resolveDir: root }));
    }
  },
};

rmSync(`${root}dist`, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/index.ts", "src/main.ts", "src/sandbox/sandbox.ts", "undici"],
  entryNames: "[name]",
  absWorkingDir: root,
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  legalComments: "none",
  metafile: true,
  // With `require` in its place a file is read at once, without the machinery of ES modules.
  supported: { "dynamic-import": false },
  plugins: [plugin],
});
writeFileSync(`${root}dist/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
writeFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, licences(metafile));

/** The licence texts of every package that something in the program comes from. */
function licences({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)]
    .sort()
    .map(licence)
    .join(`\n${"-".repeat(100)}\n\n`);
}

function licence(folder: string): string {
  const read = (file: string) => readFileSync(`${root}${folder}/${file}`, "utf8").trim();
  const { name, version } = packageFile.parse(JSON.parse(read("package.json")));
  const file = readdirSync(root + folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence text to include.`);
  // undici holds it as WebAssembly, without a licence of its own.
  const llhttp =
    "\n\nThe HTTP parser llhttp, a part of undici, is under the same terms: Copyright Fedor Indutny, 2018.";
  return `${name} ${version}\n\n${read(file)}${name === "undici" ? llhttp : ""}\n`;
}
