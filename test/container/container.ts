/**
 * Builds the image with docker or podman, whichever works here (or is named as an argument), and uses the program in it as
 * a host does that is configured as docs/team.md says: over stdio, in containers that can write nowhere but to /data.
 * Prints what it saw, and ends with exit code 1 if something is not so.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { z } from "zod/v3";
import { ids } from "../../src/sandbox/sandbox.ts";
import { connectHost, type Host } from "../support/host.ts";
import { stored } from "../support/opportunities.ts";
import { print } from "../support/print.ts";
import { codeBlocks, page } from "../support/readme.ts";
import { startSandbox } from "../support/sandbox/sandbox.ts";

const isThere = (name: string) => spawnSync(name, ["info"]).status === 0;
const engine = process.argv[2] ?? ["docker", "podman"].find(isThere) ?? assert.fail("Neither docker nor podman works.");
const run = (...args: string[]) =>
  execFileSync(engine, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const entry = z.object({ command: z.literal("docker"), args: z.array(z.string()) });
const configuration = z.object({ mcpServers: z.object({ "close-opportunity": entry }) });
const shown = codeBlocks(page("docs/team.md"), "json").find((code) => code.includes('"docker"')) ?? "";
const { args } = configuration.parse(JSON.parse(shown)).mcpServers["close-opportunity"];
const image = "close-opportunity-mcp:test";
const volume = `close-opportunity-mcp-test-${process.pid}`;
const flags = args.slice(0, -1).map((arg) => arg.replace(/^close-opportunity:/, `${volume}:`));
const id = ids.opportunities.acmeExpansion;

run("build", "--tag", image, ".");
print(`${engine}: built`);
const sandbox = await startSandbox();
try {
  const folder = "/usr/local/lib/close-opportunity-mcp";
  const [user, ...files] = inShell(`id -un && ls ${folder} && ! touch /x ${folder}/x 2> /dev/null`);
  print(`As ${user}, with ${files.join(", ")}`);
  assert.equal(user, "node");
  assert.ok(!files.includes("node_modules"));

  await inContainer(["--network", "none"], ["--sandbox"], async (host) => {
    const found = await host.call({ lead_names: ["Acme"] }, "find_opportunities");
    assert.ok(found.text.includes(id), found.text);
    const updated = await host.call({ id, status_id: "Won", note_append: "Signed." });
    assert.equal(updated.structured.status_label, "Won", updated.text);
    print(`With --sandbox, without a network: ${updated.summary}`);
  });

  const settings = { CLOSE_BASE_URL: sandbox.url, CLOSE_AUDIT_LOG: "/data/audit.jsonl" };
  const options = [
    "--network",
    "host",
    ...Object.entries(settings).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
  ];
  const { confidence } = stored(sandbox, id);
  const undo = await inContainer(options, [], async (host) => {
    const updated = await host.call({ id, confidence: 75 });
    assert.equal(stored(sandbox, id).confidence, 75, updated.text);
    return updated.structured.undo;
  });
  print(`One container: confidence ${confidence} → 75`);
  await inContainer(options, [], async (host) => {
    const undone = await host.call({ plan: undo }, "apply_plan");
    assert.equal(stored(sandbox, id).confidence, confidence, undone.text);
  });
  const [lines] = inShell("wc -l < /data/audit.jsonl");
  print(`Another one, "${undo}": confidence 75 → ${confidence}; the audit file in their volume has ${lines} lines`);
  assert.equal(lines, "4");
} finally {
  await sandbox.close();
  run("volume", "rm", "--force", volume);
}

/** The words that a command prints in a container of its own. */
function inShell(command: string): string[] {
  const printed = run(...flags, "--entrypoint", "sh", image, "-c", command);
  return printed.trim().split(/\s+/);
}

/** What the work gives, with the program in a container of its own, which has nothing to complain of meanwhile. */
async function inContainer<T>(options: string[], given: string[], work: (host: Host) => Promise<T>): Promise<T> {
  const env = { CLOSE_API_KEY: sandbox.apiKey, CLOSE_TIME_ZONE: "UTC" };
  const host = await connectHost({ command: engine, args: [...flags, ...options, image, ...given], env });
  try {
    return await work(host);
  } finally {
    await host.close();
    assert.equal(host.log(), "");
  }
}
