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

/** What VS Code's configuration asks of the user. */
const inputs = z.array(
  z.object({ type: z.string(), id: z.string(), description: z.string(), password: z.boolean() }),
);
const configuration = z.union([
  z.object({ mcpServers: z.record(entry) }).strict(),
  z.object({ servers: z.record(entry), inputs }).strict(),
]);
export type Configuration = z.infer<typeof configuration>;

/** A part of the README from its heading to the next heading of the same rank, or a higher one. */
export function section(heading: string): string {
  const [marks = ""] = heading.split(" ");
  const [, text = ""] = `${readme}\n# `.split(`\n${heading}\n`);
  if (text === "") throw new Error(`The README has no section "${heading}".`);
  return text.slice(0, text.search(new RegExp(`^#{1,${marks.length}} `, "m")));
}

/** The code blocks of a language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, code = ""]) =>
    name === language ? [code] : [],
  );
}

/** The configurations that the README shows for hosts, by the host. */
export function configurations(): Map<string, Configuration> {
  const parts = section("## Install").split(/^(?=<details>|<\/details><details>)/m);
  return new Map(
    parts.flatMap((part) =>
      codeBlocks(part, "json").map((code): [string, Configuration] => [
        /<b>(.+?)<\/b>/.exec(part)?.[1] ?? "most hosts",
        configuration.parse(JSON.parse(code)),
      ]),
    ),
  );
}

/** The server's entries of a configuration, by their names. */
export function entries(of: Configuration): Record<string, Entry> {
  return "servers" in of ? of.servers : of.mcpServers;
}

/** The target of the only link of the README that begins so. */
export function link(beginning: string): URL {
  const [, target = ""] = readme.split(`](${beginning}`);
  return new URL(beginning + target.slice(0, target.indexOf(")")));
}

/** What an install link for Cursor would write into its configuration. */
export function readCursorLink({ searchParams }: URL): Configuration {
  const decoded = Buffer.from(searchParams.get("config") ?? "", "base64").toString("utf8");
  return configuration.parse({ mcpServers: { [searchParams.get("name") ?? ""]: JSON.parse(decoded) } });
}

/** What an install link for VS Code would write into its configuration. */
export function readVsCodeLink({ searchParams }: URL): Configuration {
  const { protocol, pathname, search } = new URL(searchParams.get("url") ?? "");
  if (protocol + pathname !== "vscode:mcp/install") throw new Error(`VS Code does not open ${pathname}.`);
  const { name, inputs, ...server } = z
    .object({ name: z.string(), inputs: z.unknown() })
    .passthrough()
    // VS Code decodes the query twice.
    .parse(JSON.parse(decodeURIComponent(decodeURIComponent(search.slice(1)))));
  return configuration.parse({ inputs, servers: { [name]: server } });
}
