import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valuesFor } from "../../src/commands/completion.ts";
import { COMMANDS } from "./typed-flags.ts";

const home = process.cwd();
const place = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-test-"));
beforeAll(() => {
  const files = ["mine.yaml", "notes.txt", "scenarios/story.yaml", "scenarios/scenario.schema.json", "results/RUN-1/run.json", "results/RUN-2/run.json",
    "results/SERIES/series.json", "results/SERIES/RUN-3/run.json", "results/reference/story/run.json", "results/bench/x.json", "elsewhere/RUN-4/run.json"];
  for (const file of files) {
    fs.mkdirSync(path.join(place, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(place, file), "");
  }
  process.chdir(place);
});
afterAll(() => {
  process.chdir(home);
  fs.rmSync(place, { recursive: true });
});

describe("values of a word that is being typed", () => {
  it.each<[string, string[]]>([
    ["run |", ["mine.yaml", "scenarios/story.yaml"]],
    ["run scen|", ["scenarios/story.yaml"]],
    ["run --rate 5k/s --quiet |", ["mine.yaml", "scenarios/story.yaml"]],
    ["check -T 2 m|", ["mine.yaml"]],
    ["run ../m|", []],
    ["run --junit |", []],
    ["run --strategy tcp|", ["tcp-per-query", "tcp-persistent"]],
    ["run --engine = d|", ["dgram"]],
    ["run --engine=d|", ["--engine=dgram"]],
    ["run --baseline |", ["results/reference/story"]],
    ["run --tuning no-|", ["no-state-rule"]],
    ["tune x.yaml --tunings notrack,sp|", ["notrack,spread-sources"]],
    ["tune --resume |", ["results/SERIES"]],
    ["report |", ["results/RUN-1", "results/RUN-2"]],
    ["report --results elsewhere |", ["elsewhere/RUN-4"]],
    ["report --results absent |", []],
    ["report results/RUN-1 --format csv,h|", ["csv,hgrm", "csv,hlog", "csv,html"]],
    ["compare results/RUN-1 results/R|", ["results/RUN-1", "results/RUN-2"]],
    ["compare base = results/RUN-1,|", ["results/RUN-1,results/RUN-1", "results/RUN-1,results/RUN-2"]],
    ["compare base=results/RUN-1,results/RUN-2|", ["base=results/RUN-1,results/RUN-2"]],
  ])("%s", (line, values) => {
    expect(valuesFor(wordsOf(line), COMMANDS)?.toSorted()).toEqual(values);
  });

  it.each(["|", "ru|", "run scenarios/story.yaml |", "run --ra|", "run --quiet --|", "report results/RUN-1 |", "restore |", "fly x |"])("%s is left to yargs", (line) => {
    expect(valuesFor(wordsOf(line), COMMANDS)).toBeNull();
  });
});

function wordsOf(line: string): string[] {
  return `tablefull ${line}`.replace("|", "").split(" ");
}
