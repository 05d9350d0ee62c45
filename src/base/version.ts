import packageFile from "../../package.json" with { type: "json" };

/** The package's name and version, as package.json states them. */
export const { name, version } = packageFile;
