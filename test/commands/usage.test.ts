import { expect, it, vi } from "vitest";
import { lastWords } from "../../src/commands/stop-signals.ts";
import { commandLine } from "../../src/command-line.ts";
import { explainUsage } from "../../src/commands/usage.ts";
import { UserError } from "../../src/errors.ts";
import { COMMANDS, typed } from "./typed-flags.ts";

it.each([
  ["Unknown argument: rnu", ["rnu", "x.yaml"], "rnu is no command; did you mean run?"],
  ["Unknown arguments: rnu, x.yaml", ["rnu", "x.yaml"], "rnu is no command; did you mean run?"],
  ["Unknown argument: docotr", ["docotr"], "docotr is no command; did you mean doctor?"],
  ["Unknown command: zebra", ["zebra"], "zebra is no command; there are run, check, doctor"],
  ["Unknown argument: wings", ["run", "x.yaml", "--wings"], "run does not know --wings; see tablefull run --help"],
  ["Not enough non-option arguments: got 0, need at least 1", ["run"], "run needs a scenario, for example: tablefull run scenarios/kernel-defaults.yaml"],
  ["Not enough non-option arguments: got 0, need at least 1", ["check"], "check needs a scenario, for example: tablefull check scenarios/kernel-defaults.yaml"],
  ["Too much of it:\n  all", ["run"], "Too much of it: all"],
])("%s", (message, words, explained) => {
  expect(explainUsage(message, words, ["run <scenario>", "check <scenario>", "doctor"].map((usage) => ({ usage, options: {} })))).toBe(explained);
});

it.each([
  [["run", "x.yaml", "--ratee", "5"], "run does not know --ratee; did you mean --rate?"],
  [["run", "x.yaml", "--ratee=5"], "run does not know --ratee; did you mean --rate?"],
  [["run", "x.yaml", "--keep-as-referenc"], "run does not know --keep-as-referenc; did you mean --keep-as-reference?"],
  [["run", "x.yaml", "-Z"], "run does not know -Z; see tablefull run --help"],
  [["run", "x.yaml", "--wings", "--hlep"], "run does not know --wings; see tablefull run --help\nrun does not know --hlep; did you mean --help?"],
  [["tune", "x.yaml", "--tuning", "notrack"], "tune does not know --tuning; did you mean --tunings?"],
  [["find-limit", "x.yaml", "--rate", "500"], "find-limit does not know --rate; write --from and --to: the search sets the rate itself"],
  [["find-limit", "x.yaml", "-Q", "500"], "find-limit does not know -Q; write --from and --to: the search sets the rate itself"],
  [["run", "a.yaml", "b.yaml"], "run takes one scenario, and b.yaml is one more; leave one of them out"],
  [["doctor", "me"], "doctor has no use for me; leave it out, or see tablefull doctor --help"],
  [["run", "x.yaml", "--strategy", "pol"], '--strategy: "pol" is not known; write pool'],
  [["run", "x.yaml", "--engine", "C"], '--engine: "C" is not known; write one of auto, dgram, libc'],
])("as typed: %j", (words, explained) => {
  expect(() => typed(...words)).toThrow(new UserError(explained));
});

it("help COMMAND prints what COMMAND --help prints", async () => {
  const print = vi.spyOn(console, "log").mockReturnValue();
  const printed = async (...words: string[]): Promise<string> => {
    await commandLine(words, { version: "0.0.0", width: 80, commands: COMMANDS, carryOut() {} }).parseAsync();
    return String(print.mock.lastCall);
  };
  expect(await printed("help", "run")).toMatch(/^tablefull run <scenario>/);
  for (const name of ["tune", "doctor"]) expect(await printed("help", name)).toBe(await printed(name, "--help"));
  expect(await printed("help")).toBe(await printed("--help"));
  print.mockRestore();
  expect(() => typed("help", "nope")).toThrow("nope is no command");
});

it("a noise that nothing is held against is refused", async () => {
  const { command, flags } = typed("run", "scenarios/healthy.yaml", "--noise", "5%");
  const context = { version: "0.0.0", lab: null, everyCommand: async () => COMMANDS, printCompletionScript() {} };
  await expect(command.carryOut(flags, context)).rejects.toThrow("--noise: is the noise of a comparison, and there is none; add --baseline DIR, or leave it out");
});

it("the last words of a run say what it leaves", () => {
  expect(lastWords({ directory: null, hostValues: false })).toBe("stopped at once: nothing was stored");
  expect(lastWords({ directory: "results/x", hostValues: true })).toBe(
    "stopped at once: the facts so far are in results/x (tablefull report results/x); host-wide values are restored",
  );
});
