import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "AGENTS.md"].concat(
  readdirSync(new URL("docs", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);
const [, list = ""] = /```\n(.*?)```/s.exec(read("docs/architecture.md")) ?? [];

const source = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" });
const fileNames = source.map((path) => path.replace(/^.*[/\\]/, ""));
const tsFiles = (text: string) => [...text.matchAll(/[\w-]+\.ts/g)].map(([name]) => name);

describe("the files in the documentation", () => {
  test.each(pages)("that %s links to, shows or names by their path are there", (page) => {
    const text = read(page);
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, path = ""]) => new URL(path, new URL(page, root)),
    );
    const named = [...text.matchAll(/`((?:src|test|docs|scripts)\/[^`\s…]+)`/g)].map(
      ([, path = ""]) => new URL(path, root),
    );
    for (const file of [...linked, ...named]) expect(existsSync(file), file.pathname).toBe(true);
  });

  test.each(pages)("that %s links to by a heading have that heading", (page) => {
    for (const [, path = "", heading] of read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
      const target = readFileSync(new URL(path === "" ? page : path, new URL(page, root)), "utf8");
      const headings = [...target.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
        text
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(headings, page).toContain(heading);
    }
  });

  test("include a README that a visitor reads in minutes", () => {
    const lines = read("README.md").trimEnd().split("\n").length;
    expect(lines).toBeGreaterThanOrEqual(150);
    expect(lines).toBeLessThanOrEqual(190);
  });

  test("that are in the folder list of docs/architecture.md are there", () => {
    expect(tsFiles(list).length).toBeGreaterThanOrEqual(5);
    expect(fileNames).toEqual(expect.arrayContaining(tsFiles(list)));
  });

  test("are listed there with every file and folder at the top of src", () => {
    const top = readdirSync(new URL("src", root), { withFileTypes: true });
    for (const entry of top) expect(list).toContain(entry.isDirectory() ? `${entry.name}/` : entry.name);
  });

  test("are listed there with every folder of test and scripts that is no mirror of src", () => {
    for (const top of ["test", "scripts"]) {
      const folders = readdirSync(new URL(top, root), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .filter((name) => !existsSync(new URL(`src/${name}`, root)));
      expect(folders.length).toBeGreaterThan(1);
      for (const folder of folders) expect(list).toContain(`${folder}/`);
    }
  });
});
