import { describe, expect, it } from "vitest";
import { type LimitArguments, searchOf } from "../../src/commands/find-limit.ts";
import { UserError } from "../../src/errors.ts";
import { readScenario } from "../../src/scenario/load.ts";
import { typedFlags } from "./typed-flags.ts";

const scenarioOf = (load: string) => readScenario(`name: x\nphases: [{ load: { ${load} } }, { load: { duration: 1s } }]\n`, "f.yaml").scenario;
const AT_2000 = scenarioOf("rate: 2000/s, duration: 1s");

const typed = (...words: string[]): LimitArguments => typedFlags("find-limit", "x.yaml", ...words);

describe("the search", () => {
  it("is for no EPERM within a factor of ten of the scenario's own rate", () => {
    expect(searchOf(typed(), AT_2000)).toEqual({ criterion: { kind: "eperm" }, from: 200, to: 20_000, precision: 0.05, repeat: 1 });
    expect(searchOf(typed("--no-eperm"), AT_2000).criterion).toEqual({ kind: "eperm" });
    expect(searchOf(typed(), scenarioOf("duration: 1s"))).toMatchObject({ from: 100, to: 10_000 });
    expect(searchOf(typed(), scenarioOf("rate: 1500k/s, duration: 1s"))).toMatchObject({ from: 150_000, to: 2_000_000 });
  });

  it("takes every flag", () => {
    expect(searchOf(typed("--loss", "1%", "--from", "500", "--to", "50k/s", "--precision", "10%", "--repeat", "3"), AT_2000)).toEqual({
      criterion: { kind: "loss", most: 0.01 }, from: 500, to: 50_000, precision: 0.1, repeat: 3,
    });
    expect(searchOf(typed("--from", "30k/s"), AT_2000)).toMatchObject({ from: 30_000, to: 300_000 });
    expect(searchOf(typed("--to", "100"), AT_2000)).toMatchObject({ from: 10, to: 100 });
  });

  it.each([
    [["--from", "unlimited"], "--from: unlimited is no number; write for example 2000/s"],
    [["--to", "fast"], '--to: "fast" is not a rate; write for example 2000/s or 50k/s'],
    [["--from", "5k/s", "--to", "5k/s"], "--from: 5000/s is not below --to 5000/s; write for example --from 500/s"],
    [["--precision", "0.1%"], "--precision: 0.1% is out of range; write 1% to 100%, for example 5%"],
    [["--precision", "5"], "--precision: 5 has no unit; write 5%"],
    [["--repeat", "0"], "--repeat: 0 is out of range; write a whole number from 1 to 20"],
    [["--loss", "1%", "--no-eperm"], "--no-eperm and --loss exclude each other: a search has one criterion; leave one of them out"],
  ])("refuses %j in one line", (words, message) => {
    expect(() => searchOf(typed(...words), AT_2000)).toThrow(new UserError(message));
  });

  it("sets the rate itself and stays in the lab", () => {
    for (const flag of ["--rate", "--target", "--allow-target"]) expect(() => typed(flag, "1")).toThrow("find-limit does not know");
  });
});
