// Preloaded into the program: tells at its end which of its own files it has loaded.
const { basename } = require("node:path");

process.on("exit", () =>
  process.stderr.write(`${JSON.stringify(Object.keys(require.cache).map((file) => basename(file)))}\n`),
);
