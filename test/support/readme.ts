import { readFileSync } from "node:fs";
import { z } from "zod/v3";

/** A page of the documentation, by its path in the repository. */
export function page(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

const readme = page("README.md");

const entry = z
  .object({
    type: z.literal("stdio").optional(),
    command: z.string(),
    args: z.array(z.string()).optional(),
    env: z.record(z.string()).optional(),
  })
  .strict();
/** How a host starts the server. */
export type Entry = z.infer<typeof entry>;

const input = z.object({ type: z.string(), id: z.string(), description: z.string(), password: z.boolean() });
const configuration = z.union([
  z.object({ mcpServers: z.record(entry) }).strict(),
  // VS Code's, which asks the user for the inputs.
  z.object({ servers: z.record(entry), inputs: z.array(input) }).strict(),
]);
export type Configuration = z.infer<typeof configuration>;

/** A part of the README from its heading, of the second rank, to the next one. */
export function section(heading: string): string {
  const [, text] = readme.split(`\n${heading}\n`);
  if (text === undefined) throw new Error(`The README has no section "${heading}".`);
  return text.replace(/^## .*/ms, "");
}

/** The code blocks of a language. */
export function codeBlocks(text: string, language: string): string[] {
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, name, code = ""]) => (name === language ? [code] : []));
}

/** The configurations that the README shows for hosts, by the host. */
export function configurations(): Map<string, Configuration> {
  const parts = section("## Install").split(/^(?=<details>|<\/details><details>)/m);
  return new Map(
    parts.flatMap((part) => {
      const host = /<b>(.+?)<\/b>/.exec(part)?.[1] ?? "most hosts";
      return codeBlocks(part, "json").map((code) => [host, configuration.parse(JSON.parse(code))] as const);
    }),
  );
}

/** The server's entries of a configuration, by their names. */
export function entries(of: Configuration): Record<string, Entry> {
  return "servers" in of ? of.servers : of.mcpServers;
}

/** The target of the only link of the README that begins so. */
export function link(start: string): URL {
  const [, target = ""] = readme.split(`](${start}`);
  return new URL(start + target.slice(0, target.indexOf(")")));
}

/** What an install link for Cursor would write into its configuration. */
export function readCursorLink({ searchParams }: URL): Configuration {
  const server: unknown = JSON.parse(atob(searchParams.get("config") ?? ""));
  return configuration.parse({ mcpServers: { [searchParams.get("name") ?? ""]: server } });
}

/** What an install link for VS Code would write into its configuration. */
export function readVsCodeLink({ searchParams }: URL): Configuration {
  const { protocol, pathname, search } = new URL(searchParams.get("url") ?? "");
  if (protocol + pathname !== "vscode:mcp/install") throw new Error(`VS Code does not open ${pathname}.`);
  // VS Code decodes the query twice.
  const decoded: unknown = JSON.parse(decodeURIComponent(decodeURIComponent(search.slice(1))));
  const { name, inputs, ...server } = z.object({ name: z.string() }).passthrough().parse(decoded);
  return configuration.parse({ inputs, servers: { [name]: server } });
}
