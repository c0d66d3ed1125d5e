import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defineCommand, nameOf, optionsOf } from "../../src/commands/command.ts";
import { renderManual } from "../../src/commands/man.ts";
import { roff } from "../../src/report/roff.ts";
import { COMMANDS } from "./typed-flags.ts";

const page = renderManual(COMMANDS, "0.0.0");

describe("the manual page", () => {
  it("has the sections of a manual page, in their order", () => {
    expect([...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title)).toEqual(
      ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"],
    );
  });

  it.each(COMMANDS.map((command) => [nameOf(command), command] as const))("has all of %s", (name, command) => {
    const [part = ""] = page.split(`.SS ${roff(name)}\n`)[1]?.split(/^\.S[SH] /m) ?? [];
    for (const flag of Object.keys(optionsOf(command))) expect(part).toContain(`\\fB${roff(`--${flag}`)}\\fR`);
    for (const { words } of command.examples) expect(page).toContain(`.EX\n${roff(`tablefull ${words}`)}\n.EE`);
  });

  it("has every variable of the environment that the program reads", () => {
    const sources = fs.readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => fs.readFileSync(path.join("src", file), "utf8"));
    const names = sources.flatMap((text) => [...text.matchAll(/env\["(\w+)"\]|"(TABLEFULL_\w+)"/g)].map(([, read, ours]) => read ?? ours ?? ""));
    expect(names).toContain("NO_COLOR");
    for (const name of names) expect(page).toContain(`.TP\n\\fB${name}\\fR`);
  });

  it("holds nothing but ASCII, and no macro that it does not mean", () => {
    expect(page).toMatch(/^\p{ASCII}*$/u);
    expect([...new Set([...page.matchAll(/^[.'](\S*)/gm)].map(([, macro]) => macro))].toSorted()).toEqual(["EE", "EX", "PP", "SH", "SS", "TH", "TP", "br"]);
  });

  it("shows a command as it is defined", () => {
    const definition = defineCommand<object>({
      positionals: { to: { describe: "where to" } },
      options: { "On the way": { speed: { alias: "s", type: "string", default: "5/s", describe: "how fast" }, gently: { type: "boolean", default: false, describe: "no haste" } } },
      examples: [{ words: "fly south", about: "as the swallows" }, { words: "fly south --gently", about: "slower" }],
      exitCodes: { 7: "no wind" },
      carryOut() {},
    });
    const [, shown = ""] = renderManual([{ usage: "fly <to> [from]", about: "leave", ...definition }], "1.0").split(".SH COMMANDS\n");
    expect(shown.split(".SH EXIT")[0]).toMatchInlineSnapshot(`
      ".SS fly
      \\fBtablefull fly\\fR \\fITO\\fR \\fI[FROM]\\fR \\fI[OPTION...]\\fR
      .PP
      Leave.
      .TP
      \\fITO\\fR
      where to
      .PP
      On the way:
      .TP
      \\fB\\-s\\fR, \\fB\\-\\-speed\\fR \\fISPEED\\fR
      how fast (default 5/s)
      .TP
      \\fB\\-\\-gently\\fR
      no haste
      .PP
      Exit status:
      .TP
      \\fB7\\fR
      no wind
      "
    `);
  });
});

it.each([
  [".hidden", "\\&.hidden"],
  ["a\n.b", "a\n\\&.b"],
  ["'quoted'", "\\(aqquoted\\(aq"],
  ["--rate", "\\-\\-rate"],
  ["back\\slash", "back\\eslash"],
  ["~/^`\"", "\\(ti/\\(ha\\(ga\\(dq"],
  ["“µ”", "\\[u201C]\\[u00B5]\\[u201D]"],
])("roff shows %j as it is", (text, escaped) => {
  expect(roff(text)).toBe(escaped);
});
