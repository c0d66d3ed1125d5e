import { expect, test } from "vitest";
import type { TableReading, WatchTotals } from "../../src/analysis/table-meter.ts";
import { painter } from "../../src/report/style.ts";
import type { KernelLogRecord } from "../../src/store/records.ts";
import { compositionLines, kernelLogLines, unreadable, watchHeader, watchLine, watchTotal } from "../../src/report/watch-lines.ts";

const paint = painter(false);
const at = new Date(2026, 10, 22, 18, 21, 53);
const since = (atNs: number): Date => new Date(at.getTime() + atNs / 1e6);
const calm: TableReading = {
  atNs: 1e9, entries: 1234, max: 262_144, share: 1234 / 262_144, growthPerS: 0, fullInS: null, dropPerS: 0, earlyDropPerS: 0, insertFailedPerS: 0, outDiscardsPerS: 0,
};
const READINGS: readonly TableReading[] = [
  calm,
  { ...calm, growthPerS: 3.25, fullInS: 90_000 },
  { ...calm, entries: 131_072, share: 0.5, growthPerS: 2000, fullInS: 65.5 },
  { ...calm, entries: 249_036, share: 0.95, growthPerS: 2000.4, fullInS: 6.5 },
  { ...calm, entries: 180_000, share: 0.687, growthPerS: 8, fullInS: 10_268 },
  { ...calm, entries: 262_144, share: 1, growthPerS: 120, fullInS: 0, dropPerS: 1763.2, earlyDropPerS: 145, insertFailedPerS: 0.2, outDiscardsPerS: 1763.2 },
  { ...calm, entries: 100_000, share: 0.381, growthPerS: -4321.5 },
  { ...calm, entries: null, max: null, share: null, growthPerS: null, dropPerS: null, earlyDropPerS: null, insertFailedPerS: null, outDiscardsPerS: null },
];

const screen = (width: number): string => [watchHeader({ paint, width }), ...READINGS.map((reading) => watchLine(reading, { at, paint, width }))].join("\n");

test("80 columns hold all but the bar", () => {
  expect(`\n${screen(80)}\n`).toMatchInlineSnapshot(`
    "
    time       entries    full growth/s full in  drop/s early/s failed/s outdis/s
    18:21:53     1,234   0.5 %        0       -       0       0        0        0
    18:21:53     1,234   0.5 %     +3.3     >1d       0       0        0        0
    18:21:53   131,072  50.0 %   +2,000   1m05s       0       0        0        0
    18:21:53   249,036  95.0 %   +2,000      7s       0       0        0        0
    18:21:53   180,000  68.7 %     +8.0   2h51m       0       0        0        0
    18:21:53   262,144 100.0 %     +120     now   1,763     145       <1    1,763
    18:21:53   100,000  38.1 %   -4,321       -       0       0        0        0
    18:21:53         ?       ?        -       -       ?       ?        ?        ?
    "
  `);
});

test("where there is room, a bar", () => {
  expect(`\n${screen(120)}\n`).toMatchInlineSnapshot(`
    "
    time     table          entries    full growth/s full in  drop/s early/s failed/s outdis/s
    18:21:53 ░░░░░░░░░░░░     1,234   0.5 %        0       -       0       0        0        0
    18:21:53 ░░░░░░░░░░░░     1,234   0.5 %     +3.3     >1d       0       0        0        0
    18:21:53 ██████░░░░░░   131,072  50.0 %   +2,000   1m05s       0       0        0        0
    18:21:53 ███████████░   249,036  95.0 %   +2,000      7s       0       0        0        0
    18:21:53 ████████░░░░   180,000  68.7 %     +8.0   2h51m       0       0        0        0
    18:21:53 ████████████   262,144 100.0 %     +120     now   1,763     145       <1    1,763
    18:21:53 ████░░░░░░░░   100,000  38.1 %   -4,321       -       0       0        0        0
    18:21:53 ░░░░░░░░░░░░         ?       ?        -       -       ?       ?        ?        ?
    "
  `);
});

test.each([80, 94, 120])("no line is wider than %i columns, and all are as wide as the header", (width) => {
  const widths = screen(width).split("\n").map((line) => [...line].length);
  expect(new Set(widths).size).toBe(1);
  expect(widths[0]).toBeLessThanOrEqual(width);
});

test("who fills the table, most first", () => {
  const groups = [
    { protocol: "udp", state: "UNREPLIED", assured: false, entries: 96 },
    { protocol: "tcp", state: "TIME_WAIT", assured: true, entries: 4000 },
  ];
  expect(compositionLines({ groups, tookNs: 9.04e6 }, at)).toEqual([
    "18:21:53 4,096 entries, counted in 9.0 ms:",
    "             4,000   97.7 %  TCP TIME_WAIT, ASSURED",
    "                96    2.3 %  UDP UNREPLIED",
  ]);
  expect(compositionLines({ groups: [], tookNs: 1e6 }, at)).toEqual(["18:21:53 0 entries, counted in 1.0 ms"]);
});

test("the same line of the kernel log is told once, with how often it came at once", () => {
  const full: KernelLogRecord = { type: "kernel-log", atNs: 1e9, kind: "table-full", suppressed: null, line: "nf_conntrack: table full, dropping packet" };
  const suppressed: KernelLogRecord = { ...full, atNs: 2e9, kind: "suppressed", suppressed: 5, line: "net_ratelimit: 5 callbacks suppressed" };
  expect(kernelLogLines([full, suppressed, { ...full, atNs: 3e9 }], { at: since, own: true })).toEqual([
    "18:21:54 kernel: nf_conntrack: table full, dropping packet (2 times)",
    "18:21:55 kernel: net_ratelimit: 5 callbacks suppressed (network warnings of the whole machine, of any kind)",
  ]);
  const named = { ...full, line: "nf_conntrack: table full in netns 4026532247, dropping packet" };
  expect(kernelLogLines([full, named], { at: since, own: false })).toEqual([
    "18:21:54 kernel: nf_conntrack: table full, dropping packet (names no namespace: may be another table)",
    "18:21:54 kernel: nf_conntrack: table full in netns 4026532247, dropping packet",
  ]);
});

test("the total of a watch, the unknown named", () => {
  const totals: WatchTotals = {
    atNs: 12.34e9, firstEntries: 10, entries: 4000, max: 4096, peak: 4096, peakShare: 1, drop: 12, earlyDrop: 3, insertFailed: 0, chainTooLong: null, outDiscards: 11, outRequests: 900,
  };
  expect(watchTotal({ totals, logLines: 1, untracked: null })).toBe(
    ["watched 12.3 s: 10 to 4,000 of 4,096 entries, peak 4,096 (100.0 %)", "drop 12, early_drop 3, insert_failed 0, chain too long unknown, OutDiscards 11", '1 line "table full" in the kernel log'].join("\n"),
  );
  expect(watchTotal({ totals, logLines: 0, untracked: null })).not.toMatch(/kernel log|tracked/);
  expect(watchTotal({ totals, logLines: 0, untracked: "2 packets went out and left no entry in it" }).split("\n").at(-1)).toBe(
    "nothing was tracked, so this table cannot fill: 2 packets went out and left no entry in it",
  );
});

test("what cannot be read is named", () => {
  expect(unreadable({ type: "columns", atNs: 0, stat: ["drop"], net: ["Ip.OutDiscards"], kernelLog: "readable" })).toEqual([]);
  expect(unreadable({ type: "columns", atNs: 0, stat: null, net: null, kernelLog: "not readable (EPERM)" })).toEqual([
    "conntrack's counters (/proc/net/stat/nf_conntrack is missing)", "OutDiscards (/proc/net/snmp)", "the kernel log: not readable (EPERM)",
  ]);
});
