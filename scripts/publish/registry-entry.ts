import packageFile from "../../package.json" with { type: "json" };
import { variables } from "../variables.ts";

const { name, version, description, mcpName } = packageFile;

/**
 * The text of server.json, with which the MCP registry lists the server.
 *
 * Its name is `mcpName` of package.json, by which the registry also sees that the npm package belongs to it. The
 * registry takes names only from whoever holds their namespace (a domain or a GitHub account): com.example, which
 * nobody can hold, has to be replaced by the publisher's own.
 */
export function serverJson(): string {
  const entry = {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: mcpName,
    title: "Close opportunities",
    description,
    version,
    packages: [
      {
        registryType: "npm",
        identifier: name,
        version,
        transport: { type: "stdio" },
        environmentVariables: Object.entries(variables).map(([name, variable]) => ({ name, ...variable })),
      },
    ],
  };
  return `${JSON.stringify(entry, null, 2)}\n`;
}
