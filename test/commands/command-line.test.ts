import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { asksForHelp, commandLine } from "../../src/command-line.ts";
import { loadNamed } from "../../src/command-list.ts";
import { type Command, describeOption, isInFull, nameOf, optionsOf } from "../../src/commands/command.ts";
import { overridesOf } from "../../src/commands/load-flags.ts";
import { UserError } from "../../src/errors.ts";
import { COMMANDS, typed } from "./typed-flags.ts";

const COLUMNS = 80;
const helpAt = (width: number, ...words: string[]): Promise<string> => commandLine(words, { version: "0.0.0", width, commands: COMMANDS, carryOut() {} }).getHelp();
const helpOf = (...words: string[]): Promise<string> => helpAt(COLUMNS, ...words);
const named = COMMANDS.map((command): [string, Command] => [nameOf(command), command]);
const examples = COMMANDS.flatMap((command) => command.examples.map(({ words }): [string, Command] => [words, command]));
/** Names in capitals, and a scenario of one's own, stand for files that are not here. */
const isPlaceholder = (file: string): boolean => file === "my.yaml" || /^(results\/)?[A-Z]+$/.test(file);

describe("an example of --help", () => {
  it.each(examples)("%s", (words, command) => {
    const [line = ""] = words.split(/ (?:\||&&|>>?) /);
    const read = typed(...line.split(" "));
    expect(read.command).toBe(command);
    expect(() => overridesOf(read.flags)).not.toThrow();
  });

  it("names files that are there", () => {
    const files = examples.flatMap(([words]) => words.split(/[ =,]/)).filter((word) => /^(scenarios|results)\/|\.yaml$/.test(word));
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !isPlaceholder(file) && !fs.existsSync(file))).toEqual([]);
  });
});

it.each([
  [["--help"], true],
  [["run", "--help"], true],
  [["help", "run"], true],
  [["run", "help"], true],
  [["--no-color", "help"], true],
  [["--get-yargs-completions", "run"], true],
  [["run", "scenarios/healthy.yaml"], false],
  [["report"], false],
  [[], false],
])("%j asks for help: %j", (words, asked) => expect(asksForHelp(words)).toBe(asked));

describe("README", () => {
  const readme = fs.readFileSync("README.md", "utf8");

  it("lists every command", () => {
    expect([...readme.matchAll(/^tablefull ([\w-]+) .*[a-z]{3}/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining(COMMANDS.map(nameOf)));
  });

  const lines = [...readme.matchAll(/^(?:\$ |.* run: .*)?(?:tablefull|node dist\/cli\.js) (.*(?:scenarios|results)\/.*)$/gm)].map(([, line = ""]) => line.split(/ {2,}| \| /)[0] ?? "");
  it.each(lines)("has a command line that works: %s", (line) => {
    expect(() => overridesOf(typed(...line.split(" ")).flags)).not.toThrow();
  });
});

describe("--help", () => {
  it.each(named)("of %s fits 80 columns and ends with examples", async (name, { examples: own }) => {
    const help = await helpOf(name);
    expect(help.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(own.length).toBeGreaterThanOrEqual(2);
  });

  it.each(named.flatMap(([name, { examples: own }]) => [60, COLUMNS, 200].map((width) => [name, width, own] as const)))(
    "of %s at %i columns has examples that can be pasted as they stand",
    async (name, width, own) => {
      const [, shown = ""] = (await helpAt(width, name)).split("Examples:\n");
      // A shell reads on where a backslash ends a line, and passes over a comment.
      const lines = shown.replaceAll(/ \\\n\s*/g, " ").split("\n").map((line) => line.trim());
      const end = lines.indexOf("");
      expect(lines.slice(0, end === -1 ? undefined : end).filter((line) => !line.startsWith("# "))).toEqual(own.map(({ words }) => `tablefull ${words}`));
      const flowing = shown.replaceAll(/\n\s*# /g, " ");
      for (const { about } of own) expect(flowing).toContain(about);
    },
  );

  it.each(named)("of %s describes every option", (_, command) => {
    for (const option of Object.values(optionsOf(command))) expect(option.describe).toMatch(/\w+ \w+/);
  });

  it("lists every command", async () => {
    const help = await helpOf();
    expect(help.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
    for (const command of COMMANDS) expect(help).toContain(`tablefull ${command.usage}`);
  });

  it.each([[[]], [["run"]]])("is the same where but the named commands are loaded: %j", async (words) => {
    const commands = await loadNamed(words);
    expect(commands.filter(isInFull).map(nameOf)).toEqual(words);
    expect(await commandLine(words, { version: "0.0.0", width: COLUMNS, commands, carryOut() {} }).getHelp()).toBe(await helpOf(...words));
  });

  it("groups options, tells defaults and the meaning of exit codes", async () => {
    expect(await helpOf("doctor")).toMatchInlineSnapshot(`
      "tablefull doctor

      can the table fill up on this machine, is it full now, and what would help

      Options:
        -Q, --rate      new flows per second to predict for: 2000/s, 50k/s (default
                        2000/s)
            --json      facts and diagnosis as JSON on standard output
            --version   print the version
            --help      print this
            --no-color  no colours, as with NO_COLOR in the environment

      Examples:
        # this machine as it is; root sees more
        tablefull doctor
        # would it hold a load like that?
        tablefull doctor --rate 50k/s
        # one word for a script
        tablefull doctor --json | jq .level

      Exit codes: 0 fine; 1 at risk, or a flag that cannot be read; 2 failing now."
    `);
  });

  it("is not needed to learn of every command", () => {
    expect(() => typed("zebra")).toThrow(new UserError(`zebra is no command; there are ${COMMANDS.map(nameOf).join(", ")}`));
  });

  it.each([
    [{ describe: "what" }, "what"],
    [{ describe: "what", default: "5%" }, "what (default 5%)"],
    [{ describe: "what", default: false }, "what"],
    [{ describe: "what", choices: ["a", "b"] }, "what: a, b"],
  ])("tells of %o: %s", (option, description) => {
    expect(describeOption(option)).toBe(description);
  });
});

describe("words in any number", () => {
  it("are all kept", () => {
    expect(typed("compare", "a", "b=c,d", "--noise", "3%", "20260101").flags).toMatchObject({ words: ["a", "b=c,d", "20260101"], noise: "3%" });
  });

  it("do not let a wrong flag pass", () => {
    expect(() => typed("compare", "a", "b", "--wings")).toThrow(new UserError("compare does not know --wings; see tablefull compare --help"));
  });
});
