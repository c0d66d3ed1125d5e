import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { openRun } from "../../src/store/read-run.ts";
import type { EventRecord } from "../../src/store/event-records.ts";
import { describeHost } from "../integration/capabilities.ts";
import { type HostTable, putBack, readHostTable } from "../integration/host-table.ts";
import { CLI, finished, parseSummary, ROOT, scenarioFile, start, temporaryDirectory } from "../integration/program.ts";
import { fitLine, type LineFit } from "./line-fit.ts";
import { peakMemory } from "./process-tree.ts";

const SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000];
const ROUNDS = 3;
const MAX = 1_250_000;
/** As linear as a machine with other work to do lets us see. */
const LINEAR = 0.98;
/** What a flow may cost in the memory of the lab's processes: nothing is kept of each, but a longer run leaves more to collect. */
const MOST_BYTES_PER_FLOW = 100;

/** 64 addresses x 60,000 ports towards a resolver that answers; and as many entries inserted. The table has room for all. */
const PHASES = {
  sweep: (flows: number) => `load: { strategy: sweep, outstanding: 400, queries: ${flows}, sources: 127.64.0.0/26, ports: 5536-65535 }`,
  insertion: (flows: number) => `fill: { by: insertion, occupancy: ${(100 * flows) / MAX}% }`,
};

interface Point {
  flows: number;
  /** Of the load, of the fill by insertion, and of counting who is in the table after each. */
  sweepS: number;
  insertionS: number;
  countS: number;
  memoryMiB: number;
}

const SERIES: { key: Exclude<keyof Point, "flows">; name: string; unit: string; perFlow: (slope: number) => string }[] = [
  { key: "sweepS", name: "flows opened and answered", unit: "s", perFlow: (slope) => `${(slope * 1e6).toFixed(2)} µs a flow` },
  { key: "insertionS", name: "entries inserted", unit: "s", perFlow: (slope) => `${(slope * 1e6).toFixed(2)} µs an entry` },
  { key: "countS", name: "entries counted", unit: "s", perFlow: (slope) => `${(slope * 1e6).toFixed(2)} µs an entry` },
  { key: "memoryMiB", name: "memory of all processes", unit: "MiB", perFlow: (slope) => `${(slope * 2 ** 20).toFixed(1)} bytes a flow` },
];

describeHost("time and memory from 10,000 to 1,000,000 flows", () => {
  const points: Point[] = [];
  let before: HostTable;
  beforeAll(() => void (before = readHostTable()));
  afterAll(() => {
    putBack(before);
    publish(points);
  });

  test.each(Array.from({ length: ROUNDS }, (_, round) => SIZES.map((flows) => [round, flows] as const)).flat())("round %i, %i flows", async (_, flows) => {
    const sweep = await run("sweep", flows);
    const insertion = await run("insertion", flows);
    expect(sweep.summary.sends.sent).toBe(flows);
    expect(sweep.summary.table.peak).toBe(flows);
    expect(insertion.summary.table).toMatchObject({ inserted: flows, peak: flows });
    points.push({ flows, sweepS: sweep.phaseS, insertionS: insertion.phaseS, countS: (sweep.countS + insertion.countS) / 2, memoryMiB: sweep.memoryMiB });
  });

  test("grow in a straight line", () => {
    expect(points).toHaveLength(SIZES.length * ROUNDS);
    for (const key of ["sweepS", "insertionS", "countS"] as const) expect(fitOf(points, key).r2, key).toBeGreaterThan(LINEAR);
    expect(fitOf(points, "memoryMiB").slope * 2 ** 20).toBeLessThan(MOST_BYTES_PER_FLOW);
  });
});

async function run(kind: keyof typeof PHASES, flows: number): Promise<{ summary: Summary; phaseS: number; countS: number; memoryMiB: number }> {
  const results = temporaryDirectory();
  const text = `name: scale\ntable: { max: ${MAX}, buckets: 1048576 }\nphases:\n  - ${PHASES[kind](flows)}\n`;
  const child = start(process.execPath, [CLI, "run", scenarioFile(results, text), "--json", "--quiet", "--results", results]);
  const outcome = finished(child);
  const memory = peakMemory(child.pid ?? 0, () => child.exitCode !== null || child.signalCode !== null);
  const { stdout, stderr } = await outcome;
  const summary = parseSummary(stdout, stderr);
  const events: EventRecord[] = [];
  openRun(path.join(results, summary.run.id)).events((event) => events.push(event));
  const at = (type: "phase-start" | "phase-end"): number => events.find((event) => event.type === type)?.atNs ?? Number.NaN;
  const counted = events.find((event) => event.type === "composition");
  return {
    summary,
    phaseS: (at("phase-end") - at("phase-start")) / 1e9,
    countS: (counted?.tookNs ?? Number.NaN) / 1e9,
    memoryMiB: (await memory) / 2 ** 20,
  };
}

/** Through the median of each size: one slow run is noise, not growth. */
function fitOf(points: readonly Point[], key: Exclude<keyof Point, "flows">): LineFit {
  return fitLine(SIZES.map((flows) => [flows, medianOf(points, flows, key)] as const));
}

function medianOf(points: readonly Point[], flows: number, key: keyof Point): number {
  const sorted = points.filter((point) => point.flows === flows).map((point) => point[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function publish(points: readonly Point[]): void {
  const fits = Object.fromEntries(SERIES.map(({ key }) => [key, fitOf(points, key)]));
  const rows = SERIES.map(({ key, name, unit, perFlow }) => {
    const { slope, r2 } = fitOf(points, key);
    return [name, ...SIZES.map((flows) => `${medianOf(points, flows, key).toPrecision(3)} ${unit}`), perFlow(slope), r2.toFixed(4)];
  });
  const head = ["", ...SIZES.map((flows) => flows.toLocaleString("en-US")), "slope", "R2"];
  const lines = [head, ["---", ...SIZES.map(() => "---"), "---", "---"], ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  process.stdout.write(`\n${lines.join("\n")}\n`);
  fs.mkdirSync(path.join(ROOT, "results/bench"), { recursive: true });
  fs.writeFileSync(path.join(ROOT, "results/bench/scale.json"), `${JSON.stringify({ max: MAX, points, fits }, null, 2)}\n`);
}
