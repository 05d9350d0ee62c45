import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Before all tests: a state folder of theirs, so that no program that they start uses that of whoever runs them. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "state-"));
  process.env.CLOSE_STATE_DIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** What a started program needs in its environment to use that folder; none outside of the tests. */
export const stateEnvironment = () => ({ CLOSE_STATE_DIR: process.env.CLOSE_STATE_DIR ?? "off" });
