import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { compareGroups } from "../../src/analysis/compare/compare.ts";
import type { RunGroup } from "../../src/analysis/compare/compared-run.ts";
import { compareWithKept } from "../../src/analysis/compare/regression.ts";
import { renderComparison } from "../../src/report/comparison.ts";
import { regressionLine, renderRegression } from "../../src/report/regression.ts";
import { aComparedRun, aGroup, HEALTHY } from "../fixtures/compared-runs.ts";

const PLAIN = { color: false, width: 80 };
const BIGGER = [{ name: "bigger-table", changes: [{ what: "net.netfilter.nf_conntrack_max", from: "262144", to: "524288" }] }];
const bigger = aGroup("tuned", 5, { ...HEALTHY, tunings: BIGGER }, (record) => ({
  ...record,
  plan: { ...(record.plan as object), table: { max: 524_288, buckets: 262_144 } },
  environment: { ...record.environment, node: "22.1.0" },
}));

function render(base: RunGroup, others: RunGroup[], options = PLAIN): string {
  return renderComparison(compareGroups(base, others, { noise: 0.02 }), [base, ...others], options);
}

describe("renderComparison", () => {
  test("groups of runs, and what a tuning changed", () => {
    expect(render(aGroup("base", 5), [bigger])).toMatchInlineSnapshot(`
      "better  tuned (5 runs) against base (5 runs), kernel-defaults, Linux 6.18.0

      More of the queries are answered.

      verdict: table-full became healthy: better

                             base      tuned    change        interval
      answered             23.2 %    100.0 %  +76.8 pt  +76.7 to +76.9  better
      EPERM                76.8 %      0.0 %  -76.8 pt  -76.9 to -76.7  better
        interval      76.7-76.9 %  0.0-0.0 %
      explained           100.0 %          ?                            cannot tell
      answered/s            464/s    2,000/s    +331 %    +331 to +331  better
      latency p99         2.20 ms    2.20 ms     0.0 %  -12.7 to +11.8  cannot tell
      first EPERM        650.0 ms      never                            better
      peak occupancy      100.0 %     50.1 %  -49.9 pt  -49.9 to -49.9  better
      table memory       82.0 MiB   82.2 MiB    +0.3 %    +0.3 to +0.3  no difference
      kernel CPU          40.0 µs    40.0 µs     0.0 %      0.0 to 0.0  no difference
        cannot tell explained: these runs have no value: there may be no EPERM to
          explain
        cannot tell latency p99: the interval reaches from within the noise beyond it
        first EPERM: it no longer comes

      What differs
        + net.netfilter.nf_conntrack_max: 262144 -> 524288, as bigger-table asks
        + bigger-table: only now
        ! node: 20.20.2 -> 22.1.0, which nothing asks for

      95 % intervals; noise is 2.0 % of the baseline. pt: percentage points.
      "
    `);
  });

  test("single runs that were not made alike", () => {
    const elsewhere = aGroup("a-long-name-of-a-group", 1, {}, (record) => ({ ...record, environment: { ...record.environment, kernel: "6.1.0" } }));
    expect(render(aGroup("base", 1), [elsewhere])).toMatchInlineSnapshot(`
      "no difference  a-long-name-of-a-group (1 run) against base (1 run),
        kernel-defaults, Linux 6.18.0

      As many of the queries are answered.

      Not comparable
        ! kernel is 6.18.0 and 6.1.0

      verdict: still table-full: no difference

                             base  a-long-na...  change      interval
      answered             23.2 %        23.2 %  0.0 pt  -0.4 to +0.4  no difference
      EPERM                76.8 %        76.8 %  0.0 pt  -0.4 to +0.4  no difference
        interval      76.5-77.1 %   76.5-77.1 %
      explained           100.0 %       100.0 %  0.0 pt    0.0 to 0.0  no difference
      answered/s            464/s         464/s                        cannot tell
      latency p99         2.00 ms       2.00 ms                        cannot tell
      first EPERM        650.0 ms      650.0 ms                        cannot tell
      peak occupancy      100.0 %       100.0 %                        cannot tell
      table memory       82.0 MiB      82.0 MiB                        cannot tell
      kernel CPU          40.0 µs       40.0 µs                        cannot tell
        answered, EPERM, explained: by the counts of so few runs alone; 3 in each
          group tell how much runs vary
        cannot tell answered/s, latency p99, first EPERM, peak occupancy, table
          memory, kernel CPU: needs 3 runs in each group

      What differs
        ! kernel: 6.18.0 -> 6.1.0, which nothing asks for

      95 % intervals; noise is 2.0 % of the baseline. pt: percentage points.
      "
    `);
  });

  test("no line is wider than it may be, and colour adds nothing but colour", () => {
    const text = render(aGroup("base", 5), [bigger, aGroup("same", 1)]);
    expect(text.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
    expect(stripVTControlCharacters(render(aGroup("base", 5), [bigger, aGroup("same", 1)], { ...PLAIN, color: true }))).toBe(text);
  });
});

describe("renderRegression", () => {
  const worse = compareWithKept(aComparedRun("kept"), aComparedRun("now", { attribution: { eperm: 90_000, explainedShare: 1 }, sends: { attempted: 100_000, answered: 10_000 } }, (record) => ({ ...record, environment: { ...record.environment, kernel: "6.1.0" } })), { noise: 0.05 });

  test("beside the kept run", () => {
    expect(renderRegression(worse, { ...PLAIN, baseline: "results/reference/kernel-defaults" })).toMatchInlineSnapshot(`
      "
      Baseline  worse  results/reference/kernel-defaults
        verdict: still table-full: no difference
                           kept          now    change        interval
        answered         23.2 %       10.0 %  -13.2 pt  -13.5 to -12.9  worse
        EPERM            76.8 %       90.0 %  +13.2 pt  +12.9 to +13.5  worse
          interval  76.5-77.1 %  89.8-90.2 %
        explained       100.0 %      100.0 %    0.0 pt      0.0 to 0.0  no difference
        answered, EPERM, explained: by the counts of so few runs alone; 3 in each
          group tell how much runs vary
        made elsewhere: kernel 6.18.0 -> 6.1.0
      "
    `);
  });

  test("in one line", () => {
    expect(regressionLine(worse)).toMatchInlineSnapshot(`"worse: answered 23.2 % -> 10.0 %, EPERM 76.8 % -> 90.0 %"`);
  });
});
