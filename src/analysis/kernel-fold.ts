import type { EventRecord } from "../store/event-records.ts";
import type { Facts, Reading } from "../store/facts.ts";
import type { ColumnsRecord, KernelRecord } from "../store/records.ts";
import { BinFold, type Span } from "./bin-fold.ts";
import { type KernelBins, kernelBinsOf } from "./kernel-bins.ts";
import { SampleFold, type SampleSeries } from "./samples.ts";

/** Lines of the kernel log about the table, when they came, and lines that it says it suppressed. */
export interface KernelLog {
  tableFull: number;
  suppressed: number;
  firstLine: string | null;
  tableFullNs: number[];
}

/** What the client's kernel told during a run, folded. */
export interface KernelPart {
  samples: SampleSeries;
  bins: KernelBins;
  columns: ColumnsRecord | null;
  log: KernelLog;
  /** The last instant that it speaks of. */
  endNs: number;
}

/** What the client's kernel told, and how its file could be read. */
export interface ReadKernel {
  part: KernelPart;
  reading: Reading;
}

/** Reads and folds the client's kernel records, and the events, which say when loads ran. */
export function readKernel({ events, kernel }: Pick<Facts, "events" | "kernel">): ReadKernel {
  const fold = new KernelFold();
  events((record) => fold.addEvent(record));
  const reading = kernel((record) => fold.add(record));
  return { part: fold.finish(), reading };
}

/** Folds the client's kernel records, in their order; events come before them. */
export class KernelFold {
  readonly #samples = new SampleFold();
  readonly #bins = new BinFold();
  readonly #log: KernelLog = { tableFull: 0, suppressed: 0, firstLine: null, tableFullNs: [] };
  readonly #loads: (Span & { phase: number })[] = [];
  #columns: ColumnsRecord | null = null;
  #endNs = 0;

  addEvent(event: EventRecord): void {
    if (event.type === "phase-start" && event.kind === "load") this.#loads.push({ phase: event.phase, startNs: event.atNs, endNs: null });
    const ended = event.type === "phase-end" ? this.#loads.find(({ phase }) => phase === event.phase) : undefined;
    if (ended !== undefined) ended.endNs = event.atNs;
  }

  add(record: KernelRecord): void {
    this.#endNs = Math.max(this.#endNs, record.atNs);
    switch (record.type) {
      case "sample":
        this.#bins.addSample(record, this.#samples.add(record), this.#loads);
        break;
      case "columns":
        this.#columns = record;
        this.#samples.addColumns(record);
        break;
      case "kernel-log":
        if (record.kind === "table-full") {
          this.#log.tableFull += 1;
          this.#log.tableFullNs.push(record.atNs);
        }
        this.#log.suppressed += record.suppressed ?? 0;
        this.#log.firstLine ??= record.kind === "table-full" ? record.line : null;
        break;
    }
  }

  finish(): KernelPart {
    return { samples: this.#samples.finish(), bins: kernelBinsOf(this.#bins), columns: this.#columns, log: this.#log, endNs: this.#endNs };
  }
}
