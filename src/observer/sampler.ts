import fs from "node:fs";
import type { Clock } from "../clock.ts";
import { errnoOf } from "../errors.ts";
import { counterColumns, createStatAccumulator, parseConntrackStat } from "../kernel/conntrack-stat.ts";
import { createNetAccumulator, parseSnmp } from "../kernel/snmp.ts";
import { parseUnsigned } from "../kernel/sysctl.ts";
import type { ColumnsRecord, KernelLogRecord, KernelRecord, SampleRecord } from "../store/records.ts";
import { KeptFile } from "./kept-file.ts";
import { type KernelLog, onlyOf, openKernelLog, silentLog } from "./kernel-log.ts";

/** max is looked at this often: it changes only where a person changes it, and each look costs a tenth of a sample. */
const MAX_EVERY_NS = 100e6;

/** The text of a file of the kernel now, or null where it does not exist. */
interface TextSource {
  read(): string | null;
}

export interface KernelSources {
  count: TextSource | null;
  max: TextSource | null;
  stat: TextSource | null;
  snmp: TextSource | null;
  log: KernelLog;
}

/**
 * Opens what this thread's namespace offers. /proc/net would follow the main thread; /proc/thread-self does not. The kernel
 * log is the host's, so one observer of a run reads it, for itself and for `router`, a namespace's file. With `pid` it is the
 * namespace of that process: anybody may read its /proc/PID/net, which holds the count too; max is the whole host's.
 */
export function openKernelSources({ kernelLog, router, pid }: { kernelLog: boolean; router: string | null; pid?: number | undefined }): KernelSources {
  const process = `/proc/${pid ?? "thread-self"}`;
  return {
    count: pid === undefined ? KeptFile.open("/proc/sys/net/netfilter/nf_conntrack_count") : null,
    max: KeptFile.open("/proc/sys/net/netfilter/nf_conntrack_max"),
    stat: KeptFile.open(`${process}/net/stat/nf_conntrack`),
    snmp: KeptFile.open(`${process}/net/snmp`),
    log: kernelLog ? logOf([`${process}/ns/net`, ...(router === null ? [] : [router])]) : silentLog("left to the other observer"),
  };
}

/** What the kernel log says of these namespaces' tables. Whose namespace a process is in is not everybody's to know. */
function logOf(namespaces: readonly string[]): KernelLog {
  const log = openKernelLog();
  try {
    return onlyOf(namespaces.map((file) => fs.statSync(file).ino), log);
  } catch (error) {
    log.close();
    return silentLog(`not readable (which lines are about this namespace: ${errnoOf(error) ?? "unknown"})`);
  }
}

/** What the kernel's files said at one moment. */
interface Reading {
  atNs: number;
  count: string | null;
  max: string | null;
  stat: string | null;
  snmp: string | null;
}

/**
 * Turns readings of the kernel's files into records. Counters are given as totals since the first sample. Reading and working
 * out are apart: waking up for a sample then does little beside the reading, and what follows is done for many at once, which is cheaper.
 */
export class Sampler {
  readonly #sources: KernelSources;
  readonly #clock: Clock;
  readonly #originNs: number;
  readonly #stat = createStatAccumulator();
  readonly #net = createNetAccumulator();
  #readings: Reading[] = [];
  #max: string | null = null;
  #maxReadNs = Number.NEGATIVE_INFINITY;
  #statText: string | null = null;
  #snmpText: string | null = null;
  /** As the statistics say. */
  #entries: number | null = null;

  /** `originNs`: the clock's origin on CLOCK_MONOTONIC, to place the kernel log's own times. */
  constructor({ sources, clock, originNs }: { sources: KernelSources; clock: Clock; originNs: number }) {
    this.#sources = sources;
    this.#clock = clock;
    this.#originNs = originNs;
  }

  /** The first sample, preceded by what this kernel offers. */
  begin(): KernelRecord[] {
    const { stat, snmp, log } = this.#sources;
    const statNow = parseConntrackStat(stat?.read() ?? "");
    const net = parseSnmp(snmp?.read() ?? "");
    const columns: ColumnsRecord = {
      type: "columns",
      atNs: this.#clock.nowNs(),
      stat: statNow && counterColumns(statNow.columns),
      net: Object.keys(net).length > 0 ? Object.keys(net) : null,
      kernelLog: log.state,
    };
    this.take();
    return [columns, ...this.collect()];
  }

  /** Reads what makes one sample. */
  take(): void {
    const { count, max, stat, snmp } = this.#sources;
    const atNs = this.#clock.nowNs();
    if (atNs >= this.#maxReadNs + MAX_EVERY_NS) {
      this.#max = max?.read() ?? null;
      this.#maxReadNs = atNs;
    }
    this.#readings.push({
      atNs,
      count: count?.read() ?? null,
      max: this.#max,
      stat: stat?.read() ?? null,
      snmp: snmp?.read() ?? null,
    });
  }

  /** The samples taken since the last call, and the lines that the kernel has logged since. */
  collect(): KernelRecord[] {
    const samples = this.#readings.map((reading) => this.#sampleOf(reading));
    this.#readings = [];
    const lastNs = samples.at(-1)?.atNs ?? this.#clock.nowNs();
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

  #sampleOf({ atNs, count, max, stat, snmp }: Reading): SampleRecord {
    const sample: SampleRecord = { type: "sample", atNs, count: parseUnsigned(count ?? ""), max: parseUnsigned(max ?? "") };
    // The text of before has nothing new in it; on a machine at rest that is most of them.
    if (stat !== this.#statText) {
      this.#statText = stat;
      const now = parseConntrackStat(stat ?? "");
      const change = now && this.#stat.add(now);
      if (change) sample.stat = change;
      this.#entries = now && now.entries;
    }
    // Of a namespace that is read from outside; both are the same counter of the kernel's.
    if (this.#sources.count === null) sample.count = this.#entries;
    if (snmp !== this.#snmpText) {
      this.#snmpText = snmp;
      const change = this.#net.add(parseSnmp(snmp ?? ""));
      if (change) sample.net = change;
    }
    return sample;
  }
}
