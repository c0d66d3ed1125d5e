import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { epermShare } from "../../src/model/early-drop.ts";
import { describeHost } from "../integration/capabilities.ts";
import { type HostTable, putBack, readHostTable } from "../integration/host-table.ts";
import { ROOT, runScenario, scenarioFile, temporaryDirectory } from "../integration/program.ts";

/** Evictable entries per bucket, and the share of the table that is ASSURED. */
const EVICTABLE_PER_BUCKET = [0.005, 0.0156, 0.0625, 0.125, 0.25, 0.5, 1];
const ASSURED_SHARES = [0, 0.5];
/** What the model is held to, in shares of 1. */
const TOLERANCE = 0.03;

interface Point {
  perBucket: number;
  assuredShare: number;
  model: number;
  measured: number;
}

/** A table of exactly `evictable` entries that early drop may take, the rest ASSURED, and then new flows that nobody answers. */
function scenario({ evictable, assuredShare }: { evictable: number; assuredShare: number }): string {
  const max = Math.round(evictable / (1 - assuredShare));
  const fill = (share: number, state: string, sources: string): string =>
    `  - fill: { occupancy: ${(share * 100).toFixed(3)}%, state: ${state}, sources: ${sources} }\n`;
  return [
    `name: model-check\nlab: { topology: loopback, resolver: ${assuredShare > 0 ? "embedded" : "silent"} }\ntable: { max: ${max} }\nphases:\n`,
    assuredShare > 0 ? fill(assuredShare, "assured", "127.64.0.0/16") : "",
    fill(1, "unreplied", "127.128.0.0/16"),
    "  - load: { strategy: sweep, rate: 30000/s, queries: 30000, sources: 127.192.0.0/16, timeout: 200ms }\n",
  ].join("");
}

describeHost("the model of early drop against the kernel", () => {
  const points: Point[] = [];
  let before: HostTable;
  beforeAll(() => void (before = readHostTable()));
  afterAll(() => {
    putBack(before);
    const row = (cells: string[]): string => cells.map((cell) => cell.padStart(11)).join("");
    const lines = points.map(({ perBucket, assuredShare, model, measured }) =>
      row([String(perBucket), `${assuredShare * 100} %`, percent(model), percent(measured), `${((measured - model) * 100).toFixed(1)} pp`]));
    process.stdout.write(`\n${row(["U/H", "ASSURED", "model", "measured", "difference"])}\n${lines.join("\n")}\n`);
    fs.mkdirSync(path.join(ROOT, "results/bench"), { recursive: true });
    fs.writeFileSync(path.join(ROOT, "results/bench/model.json"), `${JSON.stringify({ buckets: Number(before.buckets), points }, null, 2)}\n`);
  });

  test.each(ASSURED_SHARES.flatMap((assuredShare) => EVICTABLE_PER_BUCKET.map((perBucket) => ({ perBucket, assuredShare }))))(
    "U/H $perBucket, ASSURED $assuredShare",
    async ({ perBucket, assuredShare }) => {
      const buckets = Number(before.buckets);
      const evictable = Math.round(perBucket * buckets);
      const results = temporaryDirectory();
      const { summary } = await runScenario(scenarioFile(results, scenario({ evictable, assuredShare })), "--results", results);
      const measured = shareOf(summary);
      const model = epermShare({ evictable, buckets });
      points.push({ perBucket, assuredShare, model, measured });
      expect(Math.abs(measured - model)).toBeLessThan(TOLERANCE);
    },
  );
});

function shareOf({ sends }: Summary): number {
  return (sends.failed["EPERM"] ?? 0) / sends.attempted;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
