import { codeBlocks, page } from "../support/readme.ts";

/** An example of docs/agent-frameworks.md, and the packages that it says to install. */
type Framework = { packages: readonly string[]; code: string };

const inTests =
  /from "(?:@modelcontextprotocol\/client|@langchain\/mcp-adapters|@modelcontextprotocol\/sdk\/client\/index\.js)"/;

/** The examples that the tests leave to `npm run test:frameworks`. */
export function largeFrameworks(): Framework[] {
  const parts = page("docs/agent-frameworks.md").split(/^(?=\*\*)/m);
  const all = parts.flatMap((part) => {
    const packages = /`npm install ([^`]+)`/.exec(part)?.[1]?.split(" ") ?? [];
    return codeBlocks(part, "js").map((code) => ({ packages, code }));
  });
  return all.filter(({ code }) => !inTests.test(code));
}
