import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../../src/analysis/live/progress.ts";
import { type LiveView, renderLive } from "../../../src/report/live/view.ts";
import { aProgress } from "../../fixtures/progress.ts";

const FULL = aProgress({
  count: 262_144, growthPps: 0, epermPps: 1763, dropPps: 1765, earlyDropPps: 145, answeredPps: 237, eperm: 4112, left: { phaseMs: 2655, runMs: 2655, estimated: false },
  kernelLine: { text: "nf_conntrack: nf_conntrack: table full in netns 4026532250, dropping packet", atMs: 5145 },
});
const FILL = aProgress({
  phase: 0, kind: "fill", elapsedMs: 812, plannedMs: null, left: { phaseMs: 1200, runMs: 6200, estimated: true }, growthPps: 88_000, plannedPps: null, attemptedPps: 0, answeredPps: 0,
  p50Ms: null, p99Ms: null, threads: 1, kernelLog: null,
});
/** Twelve half seconds: the table fills, then sends are refused. */
const HISTORY = Array.from({ length: 12 }, (_, i) => {
  const full = i >= 8;
  return { ...FULL, atMs: i * 500, count: full ? 262_144 : 250_000 + i * 1500, epermPps: full ? 1763 : 0, dropPps: full ? 1765 : 0, answeredPps: full ? 237 : 2000, earlyDropPps: full ? 145 : 0 } satisfies Progress;
});

const view = (...history: Progress[]): LiveView => ({ scenario: "kernel-defaults", router: false, stopping: false, history });
const drawn = (shown: LiveView, width: number, height = 24): string => `\n${renderLive(shown, { width, height, color: false }).join("\n")}\n`;

describe("renderLive", () => {
  it("shows a load on a full table in 80 columns", () => {
    expect(drawn(view(...HISTORY, FULL), 79)).toMatchInlineSnapshot(`
      "
      kernel-defaults  phase 2 of 3: load  2.3 of 5.0 s  3 s left
      table       ████████████████████████████████████████████████████████│██ 100.0 %
                  max 262,144, full                                       ↑ 95 %
      entries        262,144  +0/s                █████████████
                                                  last 18 s, up to 2,000/s
      queries        2,000/s  of 2,000 planned    █████████████
      EPERM          1,763/s  4,112 so far                ▇▇▇▇▇
      drop           1,765/s  by the kernel               ▇▇▇▇▇
      early drop       145/s  entries evicted             ▁▁▁▁▁
      answered         237/s                      ████████▁▁▁▁▁
      unanswered         0/s  given up
      latency p50    0.12 ms                      ▁▁▁▁▁▁▁▁▁▁▁▁▁
      latency p99    12.3 ms                      █████████████
      senders     2 threads, 12 outstanding, 0 behind
      kernel log  1.2 s ago  nf_conntrack: nf_conntrack: table full in netns 4026532…
      Ctrl-C stops the run and reports what there is
      "
    `);
  });

  it("shows a fill, and what it knows of the time left", () => {
    expect(drawn(view(FILL), 79)).toMatchInlineSnapshot(`
      "
      kernel-defaults  phase 1 of 3: fill  0.8 s  about 7 s left
      table       ██████████████████████████████████████████░░░░░░░░░░░░░░│░░  72.8 %
                  max 262,144, full in 1 s at this growth                 ↑ 95 %
      entries        191,000  +88,000/s           ▆
                                                  last 18 s
      queries            0/s
      EPERM              0/s  0 so far
      drop               0/s  by the kernel
      early drop         0/s  entries evicted
      answered           0/s
      unanswered         0/s  given up
      latency p50          -
      latency p99          -
      senders     1 thread
      kernel log  nothing about the table
      Ctrl-C stops the run and reports what there is
      "
    `);
  });

  it("draws larger in a large window", () => {
    expect(drawn(view(...HISTORY, FULL), 199, 49)).toMatchInlineSnapshot(`
      "
      kernel-defaults  phase 2 of 3: load  2.3 of 5.0 s  3 s left
      table       ██████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████│████████ 100.0 %
                  max 262,144, full                                                                                                                                                         ↑ 95 %
                                                  ▇▇▇▇▇████████
                                                  █████████████
      entries        262,144  +0/s                █████████████
                                                  last 78 s, up to 2,000/s
                                                  █████████████
                                                  █████████████
      queries        2,000/s  of 2,000 planned    █████████████
                                                          ▅▅▅▅▅
                                                          █████
      EPERM          1,763/s  4,112 so far                █████
                                                          ▅▅▅▅▅
                                                          █████
      drop           1,765/s  by the kernel               █████


      early drop       145/s  entries evicted             ▂▂▂▂▂
                                                  ████████
                                                  ████████
      answered         237/s                      ████████▃▃▃▃▃


      unanswered         0/s  given up


      latency p50    0.12 ms                      ▁▁▁▁▁▁▁▁▁▁▁▁▁
                                                  █████████████
                                                  █████████████
      latency p99    12.3 ms                      █████████████
      senders     2 threads, 12 outstanding, 0 behind
      kernel log  1.2 s ago  nf_conntrack: nf_conntrack: table full in netns 4026532250, dropping packet
      Ctrl-C stops the run and reports what there is
      "
    `);
  });

  it("keeps the numbers in 40 columns, and leaves the rest out", () => {
    expect(drawn(view(...HISTORY, FULL), 40)).toMatchInlineSnapshot(`
      "
      2/3 load 2.3/5.0 s  3 s left
      ██████████████████████████████│█ 100.0 %
      max 262,144, full             ↑ 95 %
      entries      262,144  +0/s

      queries      2,000/s  of 2,000 planned
      EPERM        1,763/s  4,112 so far
      drop         1,765/s  by the kernel
      early drop     145/s  entries evicted
      answered       237/s
      unanswered       0/s  given up
      latency p50  0.12 ms
      latency p99  12.3 ms
      senders    2 threads, 12 outstanding, 0…
      kernel log 1.2 s ago  table full in net…
      Ctrl-C: stop, report
      "
    `);
  });

  it("still says what matters in 20", () => {
    expect(drawn(view(...HISTORY, FULL), 20)).toMatchInlineSnapshot(`
      "
      2/3 load 2.3/5.0 s …
      ███████████│ 100.0 %
      max 262,144, full
      entries      262,144

      queries      2,000/s
      EPERM        1,763/s
      drop         1,765/s
      early drop     145/s
      answered       237/s
      unanswered       0/s
      latency p50  0.12 ms
      latency p99  12.3 ms
      senders    2 thread…
      kernel log 1.2 s ag…
      Ctrl-C: stop, report
      "
    `);
  });

  it("keeps what matters most in a low window", () => {
    expect(drawn(view(...HISTORY, FULL), 40, 6)).toMatchInlineSnapshot(`
      "
      2/3 load 2.3/5.0 s  3 s left
      ██████████████████████████████│█ 100.0 %
      queries      2,000/s  of 2,000 planned
      EPERM        1,763/s  4,112 so far
      early drop     145/s  entries evicted
      answered       237/s
      "
    `);
    expect(drawn({ ...view(FULL), stopping: true }, 60, 3)).toMatchInlineSnapshot(`
      "
      kernel-defaults  phase 2 of 3: load  2.3 of 5.0 s  3 s left
      table       ██████████████████████████████████████│█ 100.0 %
      stopping, the report follows; Ctrl-C again quits at once
      "
    `);
  });

  it("says what is unknown, and where the kernel log cannot be read", () => {
    const unknown = aProgress({ count: null, max: null, growthPps: null, dropPps: null, earlyDropPps: null, kernelLog: "not readable (EPERM)" });
    expect(drawn(view(unknown), 79)).toMatchInlineSnapshot(`
      "
      kernel-defaults  phase 2 of 3: load  2.3 of 5.0 s  4 s left
      table       ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░│░░ unknown
                                                                          ↑ 95 %
      entries        unknown
                                                  last 18 s, up to 2,000/s
      queries        2,000/s  of 2,000 planned    █
      EPERM              0/s  0 so far
      drop           unknown  by the kernel
      early drop     unknown  entries evicted
      answered       2,000/s                      █
      unanswered         0/s  given up
      latency p50    0.12 ms                      ▁
      latency p99    12.3 ms                      █
      senders     2 threads, 12 outstanding, 0 behind
      kernel log  not readable (EPERM)
      Ctrl-C stops the run and reports what there is
      "
    `);
  });

  it.each([
    { what: "before the first phase", differs: { kind: "lab" }, head: "kernel-defaults  building the lab" },
    { what: "after the last", differs: { kind: "end" }, head: "kernel-defaults  taking the last looks" },
    { what: "when the time is over", differs: { elapsedMs: 5100 }, head: "kernel-defaults  phase 2 of 3: load  5.1 of 5.0 s  waiting for the last answers" },
    { what: "where a later phase is of unknown length", differs: { left: { phaseMs: 2655, runMs: null, estimated: false } }, head: "kernel-defaults  phase 2 of 3: load  2.3 of 5.0 s  3 s left of this phase" },
    { what: "where nothing is known", differs: { plannedMs: null, left: { phaseMs: null, runMs: null, estimated: false } }, head: "kernel-defaults  phase 2 of 3: load  2.3 s" },
  ])("tells the phase $what", ({ differs, head }) => {
    expect(renderLive(view(aProgress(differs)), { width: 79, height: 24, color: false })[0]).toBe(head);
  });

  it("says whose table it is behind a router", () => {
    const text = drawn({ ...view(FULL), router: true }, 79);
    expect(text).toMatch(/^router {6}█/m);
    expect(text).toContain("by the router");
  });

  it("tells other errors than EPERM", () => {
    expect(drawn(view({ ...FULL, otherErrorsPps: 12 }), 79)).toContain("+ 12 other errors");
  });

  it("says the same with colours as without", () => {
    const dressed = renderLive(view(...HISTORY, FULL), { width: 79, height: 24, color: true });
    expect(dressed.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(renderLive(view(...HISTORY, FULL), { width: 79, height: 24, color: false }));
    expect(dressed.join("")).toContain("\u001B[31m");
  });

  it("fits any window, and has as many lines at every moment", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1, max: 60 }), fc.boolean(), (width, height, color) => {
      const frames = [view(...HISTORY, FULL), view(FILL), view(aProgress({ count: null, max: null, dropPps: null }))].map((shown) => renderLive(shown, { width, height, color }));
      for (const lines of frames) {
        expect(lines.length).toBe(frames[0]?.length);
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
      }
    }));
  });

  it("shows nothing before it knows anything", () => {
    expect(renderLive(view(), { width: 79, height: 24, color: false })).toEqual([]);
  });
});
