import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ROOT } from "../integration/program.ts";

/** Beyond this error of a ratio nothing can be said of it. */
const NOISY = 0.05;
/** With fewer rounds there is no middle half to speak of. */
const FEW = 5;

/** What a figure is held to. */
type Goal = { atLeast: number } | { atMost: number };
type Judgement = "met" | "not met" | "too noisy to tell";

interface Spread {
  median: number;
  least: number;
  most: number;
}

/** One line of a table of results. */
export interface Figure {
  figure: string;
  unit: string;
  measured: Spread;
  /** What it is measured against, where that is not a number alone. */
  against: ({ name: string } & Spread) | null;
  /** measured / against, taken within each round. */
  ratio: Spread | null;
  /** By how much the median, of the ratios where there are some, may be wrong, in shares of it; null of a median of 0. */
  noise: number | null;
  goal: Goal | null;
  judgement: Judgement | null;
}

/**
 * A figure by itself. Its noise is the middle half of its values over the root of their number; a goal that lies within twice that of
 * the median is neither met nor missed. One round that something else disturbed decides nothing, however far off it is; but of a few rounds,
 * which do not tell by how much they may be wrong, all have to agree.
 */
export function absolute({ figure, unit, values, goal }: { figure: string; unit: string; values: number[]; goal: Goal | null }): Figure {
  const measured = spread(values);
  const { least, median, most } = measured;
  const error = middleHalf(values) / Math.sqrt(values.length);
  const noise = median === 0 ? null : error / Math.abs(median);
  const range = values.length < FEW ? [least, most] : [median - 2 * error, median + 2 * error];
  const judgements = goal && range.map((value) => judge(value, goal));
  const judgement = judgements && (new Set(judgements).size > 1 ? "too noisy to tell" : judge(median, goal));
  return { figure, unit, measured, against: null, ratio: null, noise, goal, judgement };
}

/**
 * A figure against a reference that was measured in the same rounds. Where that was done twice a round (`again`) its mean counts,
 * and the difference tells how far the machine can be trusted: the middle half of the differences, over the root of the rounds. Where it
 * was not, the ratios themselves have to tell.
 */
export function compared({ figure, unit, values, reference, again, goal }: {
  figure: string;
  unit: string;
  values: number[];
  reference: { name: string; values: number[] };
  again?: number[];
  goal: Goal | null;
}): Figure {
  const twice = again ?? reference.values;
  const means = reference.values.map((value, i) => (value + at(twice, i)) / 2);
  const ratios = values.map((value, i) => value / at(means, i));
  const ratio = spread(ratios);
  const apart = again === undefined ? ratios : reference.values.map((value, i) => value / at(again, i));
  const noise = middleHalf(apart.map((value) => Math.log(value))) / Math.sqrt(values.length);
  const judgement = noise > NOISY ? "too noisy to tell" : goal && judge(ratio.median, goal);
  return { figure, unit, measured: spread(values), against: { name: reference.name, ...spread(means) }, ratio, noise, goal, judgement };
}

/** Prints the figures as a table and stores them in results/bench. `notes` say what a reader must know of the measurement. */
export function publish(name: string, figures: Figure[], notes: string[]): void {
  const document = {
    date: new Date().toISOString(),
    kernel: os.release(),
    node: process.version,
    cpu: os.cpus()[0]?.model.trim() ?? os.arch(),
    cpus: os.availableParallelism(),
    notes,
    figures,
  };
  const directory = path.join(ROOT, "results/bench");
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, `${name}.json`), `${JSON.stringify(document, rounded, 2)}\n`);
  process.stdout.write(`\n${table(figures)}\n${notes.map((note) => `${note}\n`).join("")}`);
}

function judge(value: number, goal: Goal): Judgement {
  return ("atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost) ? "met" : "not met";
}

function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, least: at(sorted, 0), most: at(sorted, sorted.length - 1) };
}

function middleHalf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return at(sorted, Math.floor(0.75 * (sorted.length - 1))) - at(sorted, Math.floor(0.25 * (sorted.length - 1)));
}

function at(values: number[], i: number): number {
  return values[i] ?? Number.NaN;
}

/** Four digits are more than any of this is good for. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

/** In Markdown, as the README shows it. */
function table(figures: Figure[]): string {
  const head = ["figure", "measured", "against", "ratio", "noise", "goal", ""];
  const rows = figures.map(({ figure, unit, measured, against, ratio, noise, goal, judgement }) => [
    figure,
    `${amount(measured, unit)}`,
    against === null ? "" : `${against.name} ${amount(against, unit)}`,
    ratio === null ? "" : `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}-${ratio.most.toFixed(2)})`,
    noise === null ? "" : `${(noise * 100).toFixed(1)} %`,
    goal === null ? "" : "atLeast" in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`,
    judgement ?? "",
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

function amount({ median, least, most }: Spread, unit: string): string {
  return `${short(median)} ${unit} (${short(least)}-${short(most)})`;
}

function short(value: number): string {
  if (value >= 1e5) return `${(value / 1000).toFixed(0)}k`;
  return Number(value.toPrecision(3)).toString();
}
