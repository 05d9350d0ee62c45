import packageFile from "../../package.json" with { type: "json" };

/** The package's name and version, as package.json states them. */
export const { name, version } = packageFile;

/** The oldest version of Node that the program runs on. */
export const oldestNode = packageFile.engines.node.replace(">=", "");
