import fs from "node:fs";
import type { Clock } from "../clock.ts";
import { errnoOf } from "../errors.ts";
import { counterColumns, createStatAccumulator, createStatParser } from "../kernel/conntrack-stat.ts";
import { createNetAccumulator, createSnmpParser, type NetCounters } from "../kernel/snmp.ts";
import { parseUnsigned } from "../kernel/sysctl.ts";
import type { Libc } from "../libc/library.ts";
import type { ColumnsRecord, KernelLogRecord, KernelRecord, SampleRecord } from "../store/records.ts";
import { KeptFile } from "./kept-file.ts";
import { type KernelLog, onlyOf, openKernelLog, silentLog } from "./kernel-log.ts";
import { ReadMemory } from "./read-memory.ts";

/** To begin with: what some samples of a machine with a few CPUs take. */
const MEMORY_BYTES = 64 * 1024;
const READINGS = 64;

/** A file of the kernel. */
interface Source {
  /** Reads the whole text of now to `at` of the memory. Gives its length, or null when the kernel refuses. */
  readTo(memory: ReadMemory, at: number): number | null;
}

export interface KernelSources<File extends Source = Source> {
  count: File | null;
  max: File | null;
  stat: File | null;
  snmp: File | null;
  log: KernelLog;
}

/**
 * Opens what this thread's namespace offers. /proc/net would follow the main thread; /proc/thread-self does not. The kernel
 * log is the host's, so one observer of a run reads it, for itself and for `router`, a namespace's file. With `pid` it is the
 * namespace of that process: anybody may read its /proc/PID/net, which holds the count too; max is the whole host's.
 */
export function openKernelSources({ kernelLog, router, pid, libc = null }: { kernelLog: boolean; router: string | null; pid?: number | undefined; libc?: Libc | null }): KernelSources<KeptFile> {
  const process = `/proc/${pid ?? "thread-self"}`;
  return {
    count: pid === undefined ? KeptFile.open("/proc/sys/net/netfilter/nf_conntrack_count") : null,
    max: KeptFile.open("/proc/sys/net/netfilter/nf_conntrack_max"),
    stat: KeptFile.open(`${process}/net/stat/nf_conntrack`),
    snmp: KeptFile.open(`${process}/net/snmp`),
    log: kernelLog ? logOf([`${process}/ns/net`, ...(router === null ? [] : [router])], libc) : silentLog("left to the other observer"),
  };
}

/** What the kernel log says of these namespaces' tables. Whose namespace a process is in is not everybody's to know. */
function logOf(namespaces: readonly string[], libc: Libc | null): KernelLog {
  const log = openKernelLog({ libc });
  try {
    return onlyOf(namespaces.map((file) => fs.statSync(file).ino), log);
  } catch (error) {
    log.close();
    return silentLog(`not readable (which lines are about this namespace: ${errnoOf(error) ?? "unknown"})`);
  }
}

/**
 * Turns readings of the kernel's files into records. Counters are given as totals since the first sample. Reading and working
 * out are apart: a thread that has just woken up has nothing of what it needs in a cache, so it is to need little beside the reading, and what follows is done for many at once.
 * So is the reading of max, which only a person changes. The IP and UDP counters, of which only sums over a load or a second matter, are read when they are asked for.
 */
export class Sampler {
  readonly #sources: KernelSources;
  readonly #clock: Clock;
  readonly #originNs: number;
  readonly #memory: ReadMemory;
  readonly #parseStat = createStatParser();
  readonly #parseSnmp = createSnmpParser();
  readonly #stat = createStatAccumulator();
  readonly #net = createNetAccumulator();
  /** What is read for each sample: the statistics, which hold the count too, or its own file where there are none. */
  #file: Source | null;
  #hasStat = false;
  /** What was read and is not worked out yet: for each text the time of it, then where it ends in the memory. Where the kernel refused, that is where it begins. */
  #readings = new Float64Array(2 * READINGS);
  #taken = 0;
  /** Where the last of them ends. */
  #end = 0;

  /** `originNs`: the clock's origin on CLOCK_MONOTONIC, to place the kernel log's own times. `libc` makes the reads cheaper. */
  constructor({ sources, clock, originNs, libc = null }: { sources: KernelSources; clock: Clock; originNs: number; libc?: Libc | null }) {
    this.#sources = sources;
    this.#clock = clock;
    this.#originNs = originNs;
    this.#memory = new ReadMemory(libc, MEMORY_BYTES);
    this.#file = sources.count;
  }

  /** The first sample, preceded by what this kernel offers. */
  begin(): KernelRecord[] {
    const { stat, log } = this.#sources;
    const statEnd = stat?.readTo(this.#memory, 0) ?? 0;
    const statNow = this.#parseStat(this.#memory.bytes, 0, statEnd);
    const net = this.#readNet();
    const columns: ColumnsRecord = {
      type: "columns",
      atNs: this.#clock.nowNs(),
      stat: statNow && counterColumns(statNow.columns),
      net: Object.keys(net).length > 0 ? Object.keys(net) : null,
      kernelLog: log.state,
    };
    if (statNow !== null) {
      this.#file = stat;
      this.#hasStat = true;
    }
    this.take();
    return [columns, ...this.collect({ net: true })];
  }

  /** Reads what makes one sample: the entries and what happened to them. Gives the time of it. */
  take(): number {
    const atNs = this.#clock.nowNs();
    this.#end += this.#file?.readTo(this.#memory, this.#end) ?? 0;
    const at = 2 * this.#taken;
    if (at === this.#readings.length) this.#grow();
    this.#readings[at] = atNs;
    this.#readings[at + 1] = this.#end;
    this.#taken += 1;
    return atNs;
  }

  /** The samples taken since the last call, the last of them with what the IP and UDP counters are now if `net` says so, and the lines that the kernel has logged since. */
  collect({ net }: { net: boolean }): KernelRecord[] {
    const max = this.#numberAt(this.#end, this.#end + (this.#sources.max?.readTo(this.#memory, this.#end) ?? 0));
    const samples: SampleRecord[] = [];
    for (let n = 0; n < this.#taken; n++) samples.push(this.#sampleOf(n, max));
    const last = samples.at(-1);
    const change = net && last && this.#net.add(this.#readNet());
    if (change) last.net = change;
    this.#taken = 0;
    this.#end = 0;
    const lastNs = last?.atNs ?? this.#clock.nowNs();
    const lines = this.#sources.log.read().map(
      ({ timestampUs, kind, suppressed, line }): KernelLogRecord => ({
        type: "kernel-log",
        atNs: timestampUs === null ? lastNs : timestampUs * 1000 - this.#originNs,
        kind,
        suppressed,
        line,
      }),
    );
    return [...samples, ...lines];
  }

  #grow(): void {
    const before = this.#readings;
    this.#readings = new Float64Array(2 * before.length);
    this.#readings.set(before);
  }

  #sampleOf(reading: number, max: number | null): SampleRecord {
    const atNs = this.#readings[2 * reading] as number;
    const at = reading === 0 ? 0 : (this.#readings[2 * reading - 1] as number);
    const end = this.#readings[2 * reading + 1] as number;
    if (!this.#hasStat) return { type: "sample", atNs, count: this.#numberAt(at, end), max };
    const stat = this.#parseStat(this.#memory.bytes, at, end);
    const sample: SampleRecord = { type: "sample", atNs, count: stat && stat.entries, max };
    const change = stat && this.#stat.add(stat);
    if (change) sample.stat = change;
    return sample;
  }

  #readNet(): NetCounters {
    const end = this.#end + (this.#sources.snmp?.readTo(this.#memory, this.#end) ?? 0);
    return this.#parseSnmp(this.#memory.bytes, this.#end, end);
  }

  #numberAt(at: number, end: number): number | null {
    return parseUnsigned(this.#memory.bytes.toString("latin1", at, end));
  }
}
