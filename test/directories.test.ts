import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeDirectories } from "../src/directories.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-directories-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

test("makes what is missing, and nothing twice", () => {
  const deep = path.join(root, "a/b/c");
  makeDirectories(deep);
  makeDirectories(deep);
  expect(fs.statSync(deep).isDirectory()).toBe(true);
});

test("ends where no directory can be made", () => {
  expect(() => makeDirectories("/proc/tablefull/deep")).toThrow("ENOENT");
});

test("says what stands in its way", () => {
  fs.writeFileSync(path.join(root, "file"), "");
  expect(() => makeDirectories(path.join(root, "file/below"))).toThrow("ENOTDIR");
});

test("is what the program makes directories with", () => {
  const sources = fs.readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(sources.filter((file) => /mkdir\w*\([^)]*recursive/.test(fs.readFileSync(path.join("src", file), "utf8")))).toEqual([]);
});
