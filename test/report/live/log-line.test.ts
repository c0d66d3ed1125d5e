import { expect, test } from "vitest";
import { renderLogLine } from "../../../src/report/live/log-line.ts";
import { aProgress } from "../../fixtures/progress.ts";

const MOMENTS = {
  load: aProgress(),
  full: aProgress({ elapsedMs: 4345, count: 262_144, epermPps: 1763, answeredPps: 237, earlyDropPps: 145, kernelLine: { text: "nf_conntrack: table full, dropping packet", atMs: 6000 } }),
  fill: aProgress({ phase: 0, kind: "fill", elapsedMs: 812, plannedMs: null, plannedPps: null, attemptedPps: 0, answeredPps: 0, p50Ms: null, p99Ms: null }),
  "an unlimited load": aProgress({ plannedPps: null, attemptedPps: 251_000, answeredPps: 250_999 }),
  "an unknown table": aProgress({ count: null, max: null, earlyDropPps: null }),
  "an old line of the kernel": aProgress({ kernelLine: { text: "nf_conntrack: table full, dropping packet", atMs: 5345 } }),
};

test("the same numbers stand in the same columns of each line", () => {
  expect(`\n${Object.values(MOMENTS).map(renderLogLine).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    2/3 load   2.3/5.0 s  table  72.8 %     2,000 q/s of   2,000         0 EPERM/s         0 early drops/s     2,000 answers/s  p50 0.12 ms  p99 12.3 ms
    2/3 load   4.3/5.0 s  table 100.0 %     2,000 q/s of   2,000     1,763 EPERM/s       145 early drops/s       237 answers/s  p50 0.12 ms  p99 12.3 ms  nf_conntrack: table full, dropping packet
    1/3 fill       0.8 s  table  72.8 %         0 q/s                    0 EPERM/s         0 early drops/s         0 answers/s  p50       -  p99       -
    2/3 load   2.3/5.0 s  table  72.8 %   251,000 q/s                    0 EPERM/s         0 early drops/s   250,999 answers/s  p50 0.12 ms  p99 12.3 ms
    2/3 load   2.3/5.0 s  table unknown     2,000 q/s of   2,000         0 EPERM/s         ? early drops/s     2,000 answers/s  p50 0.12 ms  p99 12.3 ms
    2/3 load   2.3/5.0 s  table  72.8 %     2,000 q/s of   2,000         0 EPERM/s         0 early drops/s     2,000 answers/s  p50 0.12 ms  p99 12.3 ms
    "
  `);
});
