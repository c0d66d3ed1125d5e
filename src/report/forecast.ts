import { percent, seconds, tally } from "../analysis/words.ts";
import type { Forecast, ForecastInput } from "../model/forecast.ts";
import { padLeft, padRight } from "./style.ts";

const LABEL = 12;
const BAR = 32;
const NS_PER_S = 1e9;

/** What `tablefull predict` prints: the question as it was understood, and the model's answer. Plain text, no final newline. */
export function renderForecast(input: ForecastInput, answer: Forecast): string {
  const { assured, buckets, flowSpace, lifetimeS, max, ratePps } = input;
  const question = [
    ["table", `max ${tally(max)}, ${tally(buckets)} buckets, ${tally(assured)} ASSURED entries (${percent(assured / max)})`],
    ["load", `${tally(ratePps)} queries/s, each from a port drawn at random`],
    ["flow space", `${tally(flowSpace)} flows (sources x ports)`],
    ["lifetime", `${lifetimeS} s an entry: 1.5 times its timeout, as the collector comes later`],
  ];
  return [...question.map(line), "", ...occupancy(answer), "", ...outcome(answer, max).map(line)].join("\n");
}

function occupancy({ occupancy: points }: Forecast): string[] {
  const rows = points.map(({ atS, entries, share }) => [seconds(atS * NS_PER_S), tally(entries), percent(share)] as const);
  const [time, entries, full] = [0, 1, 2].map((column) => Math.max(7, ...rows.map((cells) => (cells[column] ?? "").length)));
  return [
    `  ${padLeft("time", time ?? 0)}  ${padLeft("entries", entries ?? 0)}  ${padLeft("full", full ?? 0)}`,
    ...rows.map(([at, count, share], index) => {
      const bar = "█".repeat(Math.round((points[index]?.share ?? 0) * BAR));
      return `  ${padLeft(at, time ?? 0)}  ${padLeft(count, entries ?? 0)}  ${padLeft(share, full ?? 0)}  ${bar}`.trimEnd();
    }),
  ];
}

function outcome(answer: Forecast, max: number): string[][] {
  const { boundBy, earlyDropsPps, epermPps, epermShare, evictable, fullAfterS, memoryBytes, newFlowsPps, settled } = answer;
  const memory = ["memory", `about ${tally(memoryBytes / 2 ** 20)} MiB of the kernel's`];
  if (fullAfterS === null || epermShare === null) {
    const why = boundBy === "flow space" ? "there are no more flows to open" : "entries expire as fast as new ones come";
    return [["full", `never: ${why}, at ${tally(settled)} entries (${percent(settled / max)})`], ["EPERM", "none"], memory];
  }
  return [
    ["full", `after ${seconds(fullAfterS * NS_PER_S)}, with ${tally(evictable)} evictable entries`],
    ["EPERM", `${percent(epermShare)} of the new flows: ${tally(epermPps)} of ${tally(newFlowsPps)}/s`],
    ["early drop", `about ${tally(earlyDropsPps)} entries/s make room for the others`],
    ["left out", "passes of the collector, which make room above 95 % of max"],
    memory,
  ];
}

function line([label = "", text = ""]: string[]): string {
  return `${padRight(label, LABEL)}${text}`;
}
