import { describe, expect, it } from "vitest";
import { Sampler, type KernelSources } from "../../src/observer/sampler.ts";
import type { KernelRecord } from "../../src/store/records.ts";
import type { ReadMemory } from "../../src/observer/read-memory.ts";
import { parseKmsgRecord } from "../../src/kernel/kmsg.ts";
import { NET_KEYS } from "../../src/kernel/snmp.ts";
import { kernelRecord } from "../../src/store/records.ts";
import { fixture, VERSIONS, type Version } from "../kernel/fixtures.ts";

/** Texts of the kernel's files, to be changed between samples; null: no such file. */
interface Texts {
  count: string | null;
  max: string | null;
  stat: string | null;
  snmp: string | null;
  log: string[];
}

const texts = (version: Version): Texts => ({
  count: "11\n", max: "262144\n", stat: fixture(version, "stat"), snmp: fixture(version, "snmp"), log: [],
});

const NOTHING: Texts = { count: null, max: null, stat: null, snmp: null, log: [] };

function write(text: string | null, memory: ReadMemory, at: number): number | null {
  if (text === null) return null;
  memory.makeRoom(at, text.length);
  return memory.bytes.write(text, at, "latin1");
}

/** A sampler over these texts, and a clock that goes on with each look: 1, 2, 3, ... */
function sampling(now: Texts, { originNs = 0, state = "readable" } = {}): Sampler {
  const source = (name: Exclude<keyof Texts, "log">) => (now[name] === null ? null : { readTo: (memory: ReadMemory, at: number) => write(now[name], memory, at) });
  const sources: KernelSources = {
    count: source("count"), max: source("max"), stat: source("stat"), snmp: source("snmp"),
    log: { state, read: () => now.log.splice(0).flatMap((record) => parseKmsgRecord(record) ?? []), close() {} },
  };
  let atNs = 0;
  return new Sampler({ sources, clock: { nowNs: () => (atNs += 1) }, originNs });
}

/** One sample, and what was logged. */
function sampled(sampler: Sampler): KernelRecord[] {
  sampler.take();
  return sampler.collect({ net: true });
}

/** The text with the last row's counter in `column` higher by `by`. */
function raised(stat: string, column: string, by: number): string {
  const [header = "", ...rows] = stat.trimEnd().split("\n");
  const at = header.trim().split(/\s+/).indexOf(column);
  const cells = (rows.pop() ?? "").trim().split(/\s+/);
  cells[at] = (Number.parseInt(cells[at] ?? "", 16) + by).toString(16).padStart(8, "0");
  return `${[header, ...rows, cells.join(" ")].join("\n")}\n`;
}

/** The table holds that many entries: every row of the statistics says it, and the count's own file. */
function hold(now: Texts, count: number): void {
  now.count = `${count}\n`;
  now.stat = (now.stat ?? "").replaceAll(/^[0-9a-f]{8}/gm, count.toString(16).padStart(8, "0"));
}

describe("begin", () => {
  it("says what a 6.18 kernel offers, then takes a sample without a change", () => {
    expect(sampling(texts("6.18")).begin()).toEqual([
      {
        type: "columns", atNs: 1, kernelLog: "readable", net: [...NET_KEYS],
        stat: ["clashres", "found", "invalid", "chainlength", "insert", "insert_failed", "drop", "early_drop", "icmp_error", "expect_new", "expect_create", "expect_delete", "search_restart"],
      },
      { type: "sample", atNs: 2, count: 11, max: 262144 },
    ]);
  });

  it("does not list what an older kernel has not", () => {
    const [columns] = sampling(texts("2.6.32")).begin();
    expect(columns).toMatchObject({ stat: expect.not.arrayContaining(["clashres", "chainlength", "search_restart"]) });
    expect(columns).toMatchObject({ stat: expect.arrayContaining(["searched", "drop", "early_drop"]) });
  });

  it("gives null, never 0, for files that are not there", () => {
    expect(sampling(NOTHING, { state: "not readable (EPERM)" }).begin()).toEqual([
      { type: "columns", atNs: 1, stat: null, net: null, kernelLog: "not readable (EPERM)" },
      { type: "sample", atNs: 2, count: null, max: null },
    ]);
  });

  it.each(VERSIONS)("makes records that fit the store: %s", (version) => {
    const now = texts(version);
    now.log = [fixture(version, "kmsg")];
    for (const record of sampling(now).begin()) expect(kernelRecord.parse(record)).toEqual(record);
  });
});

describe("take and collect", () => {
  it("tells only what rose, as totals since the first sample", () => {
    const now = texts("6.18");
    const sampler = sampling(now);
    sampler.begin();
    now.stat = raised(now.stat ?? "", "drop", 3);
    hold(now, 12);
    expect(sampled(sampler)).toEqual([{ type: "sample", atNs: 3, count: 12, max: 262144, stat: { drop: 3 } }]);
    expect(sampled(sampler)).toEqual([{ type: "sample", atNs: 4, count: 12, max: 262144 }]);
    now.stat = raised(now.stat, "drop", 2);
    now.stat = raised(now.stat, "early_drop", 7);
    now.snmp = (now.snmp ?? "").replace("Udp: 8 1 0 11", "Udp: 8 1 0 15");
    expect(sampled(sampler)).toMatchObject([{ stat: { drop: 5, early_drop: 7 }, net: { "Udp.OutDatagrams": 4 } }]);
  });

  it("goes on with null when a file can no longer be read, and finds its counters again", () => {
    const now = texts("6.18");
    const sampler = sampling(now);
    sampler.begin();
    const { count, stat } = now;
    Object.assign(now, { count: null, stat: null });
    expect(sampled(sampler)).toEqual([{ type: "sample", atNs: 3, count: null, max: 262144 }]);
    Object.assign(now, { count, stat: raised(stat ?? "", "drop", 1) });
    expect(sampled(sampler)).toEqual([{ type: "sample", atNs: 4, count: 11, max: 262144, stat: { drop: 1 } }]);
  });

  it("look at max once for all samples that are collected together", () => {
    const now = texts("6.18");
    const sampler = sampling(now);
    sampler.begin();
    for (const count of [12, 13, 14]) {
      hold(now, count);
      sampler.take();
      now.max = "1000\n";
    }
    expect(sampler.collect({ net: false })).toMatchObject([{ count: 12, max: 1000 }, { count: 13, max: 1000 }, { count: 14, max: 1000 }]);
    now.max = "2000\n";
    expect(sampled(sampler)).toMatchObject([{ count: 14, max: 2000 }]);
  });

  it("tell the IP and UDP counters, where they are asked for, with the last of the samples that are collected together, as they then are", () => {
    const now = texts("6.18");
    const sampler = sampling(now);
    sampler.begin();
    sampler.take();
    now.snmp = (now.snmp ?? "").replace("Udp: 8 1 0 11", "Udp: 8 1 0 15");
    expect(sampler.collect({ net: false })).toEqual([{ type: "sample", atNs: 3, count: 11, max: 262144 }]);
    sampler.take();
    sampler.take();
    expect(sampler.collect({ net: true })).toEqual([
      { type: "sample", atNs: 4, count: 11, max: 262144 },
      { type: "sample", atNs: 5, count: 11, max: 262144, net: { "Udp.OutDatagrams": 4 } },
    ]);
  });

  it("take the count from the statistics, and from its own file where there are none", () => {
    const now = texts("6.18");
    now.count = "12\n";
    expect(sampling(now).begin()).toMatchObject([{ type: "columns" }, { count: 11 }]);
    now.stat = null;
    expect(sampling(now).begin()).toMatchObject([{ type: "columns" }, { count: 12 }]);
  });

  it("hold texts of any length, of a machine with many CPUs too", () => {
    const now = texts("6.18");
    const [header = "", row = ""] = (now.stat ?? "").split("\n");
    now.stat = `${header}\n${`${row}\n`.repeat(256)}`;
    const sampler = sampling(now);
    sampler.begin();
    const most = 9;
    for (let by = 1; by <= most; by++) {
      now.stat = raised(now.stat, "drop", 1);
      sampler.take();
    }
    expect(sampler.collect({ net: true })).toMatchObject(Array.from({ length: most }, (_, i) => ({ count: 11, stat: { drop: i + 1 } })));
  });

  it("tell each sample as it was when it was taken, then what was logged meanwhile", () => {
    const now = texts("6.18");
    const sampler = sampling(now);
    sampler.begin();
    for (const by of [0, 2, 0, 3]) {
      now.stat = raised(now.stat ?? "", "drop", by);
      hold(now, by);
      sampler.take();
    }
    now.log = ["nf_conntrack: table full, dropping packet"];
    expect(sampler.collect({ net: true })).toMatchObject([
      { atNs: 3, count: 0 }, { atNs: 4, count: 2, stat: { drop: 2 } }, { atNs: 5, count: 0 }, { atNs: 6, count: 3, stat: { drop: 5 } },
      { type: "kernel-log", atNs: 6 },
    ]);
    expect(sampler.collect({ net: true })).toEqual([]);
  });

  it("is null for a count that is no number", () => {
    const now = texts("6.18");
    now.count = "";
    expect(sampled(sampling(now))).toMatchObject([{ count: null }]);
  });

  it("places the lines of the kernel log by their own time, on the run's clock", () => {
    const now = texts("6.18");
    const sampler = sampling(now, { originNs: 5e9 });
    sampler.begin();
    now.log = [
      "4,811,5020113,-;nf_conntrack: nf_conntrack: table full, dropping packet\n",
      "6,812,5020114,-;device eth0 entered promiscuous mode\n",
      "4,813,4999999,-;net_ratelimit: 241 callbacks suppressed\n",
      "nf_conntrack: table full, dropping packet",
    ];
    const [sample, ...lines] = sampled(sampler);
    expect(sample).toMatchObject({ type: "sample", atNs: 3 });
    expect(lines).toEqual([
      { type: "kernel-log", atNs: 20_113_000, kind: "table-full", suppressed: null, line: "nf_conntrack: nf_conntrack: table full, dropping packet" },
      { type: "kernel-log", atNs: -1_000, kind: "suppressed", suppressed: 241, line: "net_ratelimit: 241 callbacks suppressed" },
      { type: "kernel-log", atNs: 3, kind: "table-full", suppressed: null, line: "nf_conntrack: table full, dropping packet" },
    ]);
    expect(sampled(sampler)).toHaveLength(1);
  });
});
