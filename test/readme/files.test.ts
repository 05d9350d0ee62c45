import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const readme = read("README.md");
const [, list = ""] = /## How it is built.*?```\n(.*?)```/s.exec(readme) ?? [];

const source = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" });
const fileNames = source.map((path) => path.replace(/^.*[/\\]/, ""));
const tsFiles = (text: string) => [...text.matchAll(/[\w-]+\.ts/g)].map(([name]) => name);

describe("the files in README.md", () => {
  test("that are linked, shown or named by their path are there", () => {
    const linked = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = ""]) => path);
    const named = [...readme.matchAll(/`((?:src|test|docs|scripts)\/[^`\s]+)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(linked).toEqual(expect.arrayContaining(["docs/demo.svg"]));
    for (const path of [...linked, ...named]) expect(existsSync(new URL(path, root)), path).toBe(true);
  });

  test("that are listed under How it is built are there", () => {
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
      expect(folders.length).toBeGreaterThan(2);
      for (const folder of folders) expect(list).toContain(`${folder}/`);
    }
  });
});
