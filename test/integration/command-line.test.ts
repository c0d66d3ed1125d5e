import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandLine } from "../../src/command-line.ts";
import { loadEveryCommand } from "../../src/command-list.ts";
import { describeProgram } from "./capabilities.ts";
import { CLI, execute, ROOT, tablefull, temporaryDirectory } from "./program.ts";

describeProgram("the manual page", "groff", () => {
  test("is built, printed and without a warning", async () => {
    const page = path.join(ROOT, "dist/man/tablefull.1");
    expect((await tablefull("man")).stdout).toBe(fs.readFileSync(page, "utf8"));
    const { code, stdout, stderr } = await execute("groff", ["-man", "-Tutf8", "-ww", "-P-cbou", page]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("EXIT STATUS");
  });
});

test("help as it is bundled is measured as yargs itself measures it", async () => {
  const commands = await loadEveryCommand();
  for (const words of [["--help"], ["run", "--help"], ["report", "help"]]) {
    const inPlain = await commandLine(words, { version: "", width: 80, commands, carryOut() {} }).getHelp();
    expect((await tablefull(...words)).stdout.trim()).toBe(inPlain.trim());
  }
});

describe("completion in bash", () => {
  const lines: [typed: string, offered: string[]][] = [
    ["com", ["compare", "completion"]],
    ["run scenarios/small", ["scenarios/small-table.yaml"]],
    ["run scenarios/healthy.yaml --ra", ["--rate"]],
    ["report --format = mark", ["markdown"]],
  ];

  test("offers what fits, by the script that the program prints", async () => {
    const bin = temporaryDirectory();
    fs.writeFileSync(path.join(bin, "tablefull"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
    const script = [
      `export SHELL=/bin/bash PATH="${bin}:$PATH"`,
      "source <(tablefull completion)",
      'for line; do COMP_WORDS=(tablefull $line) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tablefull_yargs_completions; echo "${COMPREPLY[@]}"; done',
    ].join("\n");
    const { code, stdout, stderr } = await execute("bash", ["--norc", "-c", script, "bash", ...lines.map(([typed]) => typed)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual(lines.map(([, offered]) => offered.join(" ")));
  });

  test("carries nothing out, with or without the program's name", async () => {
    const results = temporaryDirectory();
    for (const words of [["tablefull", "run"], ["run"]]) {
      expect((await tablefull("--get-yargs-completions", ...words, "scenarios/healthy.yaml", "--results", results)).code).toBe(0);
    }
    expect(fs.readdirSync(results)).toEqual([]);
  });
});
