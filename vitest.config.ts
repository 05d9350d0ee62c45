import { defineConfig } from "vitest/config";

/** Tests that replace modules of Node's, each with modules of its own. */
const inFakeTime = [
  "test/audit.test.ts",
  "test/close/directory.test.ts",
  "test/close/http/{rate-limiter,retry}.test.ts",
  "test/state/tickets.test.ts",
];

const settings = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // A thread starts with less work than a process.
  pool: "threads",
  globalSetup: "test/support/state-folder.ts",
} as const;

export default defineConfig({
  test: {
    // Some of the time is waiting: for programs to start, for limits to reset.
    maxWorkers: 4,
    projects: [
      // Files share the libraries that they load: that takes a fourth off all the work.
      {
        test: {
          ...settings,
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: inFakeTime,
          isolate: false,
        },
      },
      { test: { ...settings, name: "fake time", include: inFakeTime } },
    ],
  },
});
