import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { describeHost, describeLab } from "./capabilities.ts";
import { type HostTable, putBack, readHostTable } from "./host-table.ts";
import { ROOT, runRootless, runScenario, temporaryDirectory } from "./program.ts";

const shipped = (name: string): string => path.join(ROOT, "scenarios", `${name}.yaml`);

function expectFullTable(summary: Summary): void {
  expect(summary.verdict.cause).toBe("table-full");
  const { sends, attribution, onset, model, table } = summary;
  const failed = Object.values(sends.failed).reduce((a, b) => a + b, 0);
  expect(sends.attempted).toBe(sends.sent + failed);
  expect(sends.sent).toBe(sends.answered + sends.unanswered + sends.late);
  expect(attribution.eperm).toBe(sends.failed["EPERM"]);
  expect(attribution.explainedShare).toBe(1);
  expect(onset?.share).toBeGreaterThan(0.95);
  expect(table.peak).toBeGreaterThanOrEqual(table.max ?? Number.POSITIVE_INFINITY);
  // 3 points is what the model is held to; a load on a noisy machine may add a little.
  expect(Math.abs((model.predictedEpermShare ?? 1) - (model.measuredEpermShare ?? 0))).toBeLessThan(0.05);
}

describeLab("kernel-defaults", () => {
  let before: HostTable;
  beforeEach(() => void (before = readHostTable()));
  afterEach(() => expect(readHostTable()).toEqual(before));

  test("fills the host's own max with ASSURED flows and every EPERM is a counted drop", async () => {
    const { code, summary } = await runScenario(shipped("kernel-defaults"), "--results", temporaryDirectory());
    expect(code).toBe(0);
    expectFullTable(summary);
    expect(summary.attribution.drop).toBe(summary.attribution.eperm);
    expect(summary.table.max).toBe(Number(before.max));
    expect(summary.model.assured).toBeGreaterThan(0.99 * Number(before.max));
  });

  test("does the same for a user without privileges", async () => {
    const { code, summary } = await runRootless("kernel-defaults");
    expect(code).toBe(0);
    expectFullTable(summary);
    expect(summary.attribution.drop).toBe(summary.attribution.eperm);
  });
});

describeLab("naive-blast", () => {
  test.each([["as we are", () => runScenario(shipped("naive-blast"), "--results", temporaryDirectory())], ["without privileges", () => runRootless("naive-blast")]])(
    "fills the table, and early drop hides it (%s)",
    async (_, run) => {
      const { code, summary } = await run();
      expect(code).toBe(0);
      expect(summary.verdict.cause).toBe("early-drop-masked");
      expect(summary.attribution.earlyDrop).toBeGreaterThan(100_000);
      expect(summary.model.measuredEpermShare).toBeLessThan(0.01);
    },
  );
});

describeLab("ramp-to-full", () => {
  test("fails once the flows of a growing load have used up the room, and not before", async () => {
    const { code, summary } = await runScenario(shipped("ramp-to-full"), "--results", temporaryDirectory());
    expect(code).toBe(0);
    const { attribution, books, onset, pacing, sends } = summary;
    expect(attribution).toMatchObject({ eperm: sends.failed["EPERM"], explainedShare: 1 });
    // The area under the ramp, to the query; what a busy machine could not send in time was dropped.
    expect(pacing?.planned).toBe(16_000);
    expect([books.balanced, sends.attempted + (pacing?.dropped ?? 0)]).toEqual([true, 16_000]);
    // No query goes before its time, so the 0.5 % of max that were left cannot be taken sooner: 1000 t^2 queries after t seconds.
    const room = 0.005 * (summary.table.max ?? 0);
    expect(onset?.sinceLoadMs).toBeGreaterThan(1000 * Math.sqrt((0.95 * room) / 1000));
    expect(onset?.flowsOpened).toBeGreaterThan(0.99 * (summary.table.max ?? 0));
  });
});

describeLab("tracking-cost", () => {
  test.each([
    ["each query opens an entry", [], 200_000],
    ["and without the rule none does", ["--tuning", "no-state-rule"], 0],
  ])("%s, and what the kernel did for it is known", async (_, words, entries) => {
    const { code, summary } = await runScenario(shipped("tracking-cost"), "--results", temporaryDirectory(), ...words);
    expect(code).toBe(0);
    expect(summary.sends.sent).toBe(200_000);
    expect(summary.table.peak).toBe(entries);
    expect(summary.cpu.kernelUsPerQuery).toBeGreaterThan(0);
    expect(summary.verdict.findings.filter(({ kind }) => kind === "receive-buffer")).toEqual([]);
  });
});

describeHost("small-table", () => {
  let before: HostTable;
  beforeEach(() => void (before = readHostTable()));
  afterEach(() => putBack(before));

  test("sets max for the run, sees the model's share of EPERM, and puts max back", async () => {
    const { code, summary } = await runScenario(shipped("small-table"), "--results", temporaryDirectory());
    expect(readHostTable()).toEqual(before);
    expect(code).toBe(0);
    expectFullTable(summary);
    expect(summary.table.max).toBe(4096);
    expect(summary.model.measuredEpermShare).toBeGreaterThan(0.7);
    // Replies whose entry was evicted meanwhile are dropped too: a few, and never fewer drops than EPERM.
    const { drop, eperm } = summary.attribution;
    expect(drop).toBeGreaterThanOrEqual(eperm);
    expect((drop ?? 0) - eperm).toBeLessThan(0.02 * eperm);
  });
});
