import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A thread starts with less work than a process.
    pool: "threads",
    // Some of the time is waiting: for programs to start, for limits to reset.
    maxWorkers: 4,
  },
});
