import { expect, it } from "vitest";
import { lastWords } from "../../src/commands/stop-signals.ts";
import { explainUsage } from "../../src/commands/usage.ts";

it.each([
  ["Unknown argument: rnu", ["rnu", "x.yaml"], "rnu is no command; did you mean run?"],
  ["Unknown arguments: rnu, x.yaml", ["rnu", "x.yaml"], "rnu is no command; did you mean run?"],
  ["Unknown argument: docotr", ["docotr"], "docotr is no command; did you mean doctor?"],
  ["Unknown command: zebra", ["zebra"], "zebra is no command; there are run, check, doctor"],
  ["Unknown argument: wings", ["run", "x.yaml", "--wings"], "run does not know wings; see tablefull run --help"],
  ["Not enough non-option arguments: got 0, need at least 1", ["run"], "run needs a scenario, for example: tablefull run scenarios/kernel-defaults.yaml"],
  ["Not enough non-option arguments: got 0, need at least 1", ["check"], "check needs a scenario, for example: tablefull check scenarios/kernel-defaults.yaml"],
  ["Invalid values:\n  Argument: engine, Given: \"x\"", ["run"], "Invalid values: Argument: engine, Given: \"x\""],
])("%s", (message, words, explained) => {
  expect(explainUsage(message, words, ["run", "check", "doctor"])).toBe(explained);
});

it("the last words of a run say what it leaves", () => {
  expect(lastWords({ directory: null, hostValues: false })).toBe("stopped at once: nothing was stored");
  expect(lastWords({ directory: "results/x", hostValues: true })).toBe(
    "stopped at once: the facts so far are in results/x (tablefull report results/x); host-wide values are restored",
  );
});
