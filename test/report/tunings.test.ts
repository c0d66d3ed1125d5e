import { expect, it } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import { tuningLines } from "../../src/report/sections/tunings.ts";
import { renderTunings } from "../../src/report/tunings.ts";
import { painter } from "../../src/report/style.ts";
import { TUNINGS } from "../../src/scenario/scenario.ts";

it("lists every tuning with what it changes, its trap and its cost, within the width", () => {
  const text = renderTunings({ color: false, width: 80 });
  expect(text.match(/^[a-z-]+$/gm)).toEqual([...TUNINGS]);
  for (const label of ["changes", "trap", "cost", "kernel"]) expect(text.match(new RegExp(`^  ${label} `, "gm"))).toHaveLength(TUNINGS.length);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

it("tells what was changed and what the kernel then did; rules by their table only", () => {
  const tunings: Summary["tunings"] = [
    { name: "short-udp-timeouts", changes: [{ what: "net.netfilter.nf_conntrack_udp_timeout", from: "30", to: "5" }], effect: null },
    { name: "notrack", changes: [{ what: "nft table inet tuning_notrack", from: null, to: "table inet tuning_notrack {\n}" }], effect: "4 queries and 4 answers left no entry" },
    { name: "spread-sources", changes: [{ what: "phases[1].sources", from: null, to: "127.64.0.0/24" }], effect: null },
  ];
  expect(tuningLines({ tunings } as Summary, { width: 100, paint: painter(false) })).toEqual([
    "  * short-udp-timeouts: net.netfilter.nf_conntrack_udp_timeout 30 -> 5",
    "  * notrack: nft table inet tuning_notrack; 4 queries and 4 answers left no entry",
    "  * spread-sources: phases[1].sources 127.64.0.0/24",
  ]);
});
