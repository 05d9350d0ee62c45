import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { page as read } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);
const inFolder = (path: string) => readdirSync(new URL(path, root), { withFileTypes: true });
const docs = inFolder("docs").filter(({ name }) => name.endsWith(".md"));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "SUPPORT.md",
  "CODE_OF_CONDUCT.md",
  "AGENTS.md",
].concat(docs.map(({ name }) => `docs/${name}`));

/** The links of a page that stay within the repository. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].map(([, path, heading]) => ({
    file: new URL(path ?? "", new URL(page, root)),
    heading,
  }));

describe("the files in the documentation", () => {
  test.each(pages)("that %s links to, shows or names by their path are there", (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|docs|scripts|packaging)\/[^`\s…]+)`/g)].map(
      ([, path = ""]) => new URL(path, root),
    );
    for (const file of [...named, ...linksOf(page).map(({ file }) => file)]) {
      expect(existsSync(file), file.pathname).toBe(true);
    }
  });

  test.each(pages)("that %s links to by a heading have that heading", (page) => {
    for (const { file, heading } of linksOf(page)) {
      if (heading === undefined) continue;
      const headings = read(file.pathname.slice(root.pathname.length)).match(/^#+ .+$/gm) ?? [];
      const anchors = headings.map((text) => text.toLowerCase().replace(/^#+ |[^a-z0-9 -]/g, ""));
      expect(anchors.map((text) => text.replaceAll(" ", "-"))).toContain(heading);
    }
  });

  test("include a README that a visitor reads in minutes", () => {
    expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(200);
  });
});

describe("the folder list of docs/architecture.md", () => {
  const [, list = ""] = /```\n(.*?)```/s.exec(read("docs/architecture.md")) ?? [];

  test("has every file and folder at the top of src, and every folder of test and scripts beside them", () => {
    const top = inFolder("src");
    for (const entry of top) expect(list).toContain(entry.isDirectory() ? `${entry.name}/` : entry.name);
    const others = [...inFolder("test"), ...inFolder("scripts")].filter((entry) => entry.isDirectory());
    for (const { name } of others) {
      if (!top.some((entry) => entry.name === name)) expect(list).toContain(`${name}/`);
    }
  });

  test("names no file that is not there", () => {
    const source = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" });
    const names = source.map((path) => path.replace(/^.*[/\\]/, ""));
    expect(names).toEqual(expect.arrayContaining(list.match(/[\w-]+\.ts/g) ?? ["no file at all"]));
  });
});
