import { NS_PER_MS } from "../clock.ts";
import { TICK_NS } from "../store/format.ts";
import type { FailureRecord, SampleRecord, StoredTick } from "../store/records.ts";
import { addAnswers, emptyBin, isFuller, mergePairs } from "./bins.ts";
import type { Bin } from "./bins.ts";

export const BIN_NS = 100 * NS_PER_MS;
/** An hour and a third. */
export const MAX_BINS = 48_000;

/** When a phase ran, as far as it is known when a record comes: events are read first. */
export interface Span {
  /** Infinite where the start was not recorded. */
  startNs: number;
  endNs: number | null;
}

type Moved = Readonly<Record<"drop" | "earlyDrop" | "insertFailed" | "chainTooLong", { readonly moved: number }>>;

/** A bin that a stretch of time lies in, and the share of the stretch that has passed when it leaves the bin. */
interface Piece {
  bin: Bin;
  passed: number;
}

type Stretch = [Piece, ...Piece[]];

/** What is known of one thread in one phase. */
interface ThreadSeen {
  /** When its last tick ended. */
  tickedNs: number | null;
  firstEpermNs: number | null;
}

/**
 * Folds ticks and samples into bins. Each tells of the stretch of time since the one before it, and what it counts is spread
 * evenly over the bins that the stretch lies in: whole events, whose sum stays exact. A run that outgrows `most` bins has them
 * merged in pairs, so it need not know its length.
 */
export class BinFold {
  binNs = BIN_NS;
  bins: Bin[] = [];

  /** Where the first bin begins; null until a tick sets it. What lies before it counts as there. */
  originNs: number | null;
  readonly #most: number;

  /** By phase and thread. */
  readonly #seen: ThreadSeen[][] = [];
  #sampledNs: number | null = null;

  /** `originNs`: where the first bin begins; null: where the first tick does. `most`: as many bins at most. */
  constructor({ originNs = 0, most = MAX_BINS }: { originNs?: number | null; most?: number } = {}) {
    this.originNs = originNs;
    this.#most = most;
  }

  /** A failed send that was kept whole; it comes before the tick that counts it. */
  addFailure({ atNs, errno, phase, thread }: FailureRecord): void {
    if (errno !== "EPERM") return;
    const seen = this.#threadOf(phase, thread);
    seen.firstEpermNs = Math.min(seen.firstEpermNs ?? atNs, atNs);
  }

  /**
   * A tick is stamped with its end. Its start is the end of the same thread's tick before, and of the first TICK_NS ago or
   * its first EPERM, within its phase. In the tick of a thread's first EPERM, nothing was refused with EPERM until then:
   * all attempts passed, and fewer afterwards.
   */
  addTick(tick: StoredTick, phase: Span): void {
    const seen = this.#threadOf(tick.phase, tick.thread);
    const first = seen.firstEpermNs;
    const startNs = seen.tickedNs ?? Math.max(Number.isFinite(phase.startNs) ? phase.startNs : 0, Math.min(tick.atNs - TICK_NS, first ?? tick.atNs));
    seen.tickedNs = tick.atNs;
    this.originNs ??= startNs;
    const whole = this.#stretch(startNs, tick.atNs);
    const { eperm, otherFailed } = refusals(tick);
    let passing = whole;
    let refusing = whole;
    if (eperm > 0 && first !== null && first >= startNs && first <= tick.atNs) {
      const attemptedBefore = (tick.attempted * (first - startNs)) / Math.max(1, tick.atNs - startNs);
      refusing = this.#stretch(first, tick.atNs);
      passing = joined(this.#stretch(startNs, first), refusing, Math.min(1, attemptedBefore / Math.max(1, tick.sent)));
      spread(1, this.#stretch(first, first), addEperm);
    }
    spread(tick.sent, passing, addSent);
    spread(refusing === whole ? eperm : eperm - 1, refusing, addEperm);
    spread(otherFailed, whole, addOtherFailed);
    const answered = sumOf(tick.answered);
    // Answers of sends long before do not become fewer with the first EPERM.
    const answering = answered > tick.sent ? whole : passing;
    spread(answered, answering, addAnswered);
    const { latenciesUs } = tick;
    if (latenciesUs === undefined) return;
    for (const [bucket, ofBucket] of latenciesUs) {
      spread(ofBucket, answering, (bin, answers) => addAnswers((bin.latenciesUs ??= new Map()), bucket, answers));
    }
  }

  /** A sample's counters say what moved since the sample before; where loads began or ended meanwhile, it moved from the first of them to the last. */
  addSample(sample: SampleRecord, counters: Moved, loads: readonly Span[]): void {
    const beforeNs = this.#sampledNs ?? sample.atNs;
    this.#sampledNs = sample.atNs;
    const [{ bin }] = this.#stretch(sample.atNs, sample.atNs);
    if (isFuller(sample, bin)) [bin.count, bin.max] = [sample.count, sample.max];
    bin.drop ??= 0;
    bin.earlyDrop ??= 0;
    bin.insertFailed ??= 0;
    bin.chainTooLong ??= 0;
    const { drop, earlyDrop, insertFailed, chainTooLong } = counters;
    if (drop.moved === 0 && earlyDrop.moved === 0 && insertFailed.moved === 0 && chainTooLong.moved === 0) return;
    const met = ({ endNs, startNs }: Span): boolean => startNs < sample.atNs && (endNs ?? Infinity) > beforeNs;
    const stretch = this.#stretch(Math.max(beforeNs, loads.find(met)?.startNs ?? 0), Math.min(sample.atNs, loads.findLast(met)?.endNs ?? Infinity));
    spread(drop.moved, stretch, addDrops);
    spread(earlyDrop.moved, stretch, addEarlyDrops);
    spread(insertFailed.moved, stretch, addInsertFailed);
    spread(chainTooLong.moved, stretch, addChainTooLong);
  }

  #threadOf(phase: number, thread: number): ThreadSeen {
    return ((this.#seen[phase] ??= [])[thread] ??= { tickedNs: null, firstEpermNs: null });
  }

  /** The bins that a stretch of time lies in; where it has no length, the one that its instant lies in. */
  #stretch(fromNs: number, toNs: number): Stretch {
    const originNs = this.originNs ?? 0;
    const end = Math.max(0, toNs - originNs);
    const start = Math.min(end, Math.max(0, fromNs - originNs));
    while (end >= this.binNs * this.#most) this.#halve();
    const first = Math.floor(start / this.binNs);
    const stretch: Stretch = [{ bin: this.#at(first), passed: 1 }];
    for (let index = first + 1; index * this.binNs < end; index += 1) {
      (stretch[stretch.length - 1] as Piece).passed = (index * this.binNs - start) / (end - start);
      stretch.push({ bin: this.#at(index), passed: 1 });
    }
    return stretch;
  }

  #at(index: number): Bin {
    while (this.bins.length <= index) this.bins.push(emptyBin());
    return this.bins[index] ?? emptyBin();
  }

  #halve(): void {
    this.bins = mergePairs(this.bins);
    this.binNs *= 2;
  }
}

/** Two stretches in a row as one, of which a share passes in the first. */
function joined(first: Stretch, second: Stretch, share: number): Stretch {
  const [start, ...others] = first;
  const scaled = ({ bin, passed }: Piece): Piece => ({ bin, passed: passed * share });
  return [scaled(start), ...others.map(scaled), ...second.map(({ bin, passed }) => ({ bin, passed: share + (1 - share) * passed }))];
}

/** Gives each bin its whole events: of those that have happened when the stretch leaves it, the ones that no bin before it got. */
function spread(count: number, stretch: Stretch, add: (bin: Bin, part: number) => void): void {
  if (count === 0) return;
  let given = 0;
  for (const { bin, passed } of stretch) {
    const happened = Math.round(count * passed);
    if (happened !== given) add(bin, happened - given);
    given = happened;
  }
}

function refusals({ failed }: StoredTick): { eperm: number; otherFailed: number } {
  const eperm = failed["EPERM"] ?? 0;
  return { eperm, otherFailed: sumOf(failed) - eperm };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const name in counts) sum += counts[name] ?? 0;
  return sum;
}

function addSent(bin: Bin, sends: number): void {
  bin.sent += sends;
  bin.attempted += sends;
}

function addEperm(bin: Bin, sends: number): void {
  bin.eperm += sends;
  bin.attempted += sends;
}

function addOtherFailed(bin: Bin, sends: number): void {
  bin.otherFailed += sends;
  bin.attempted += sends;
}

function addAnswered(bin: Bin, answers: number): void {
  bin.answered += answers;
}

function addDrops(bin: Bin, drops: number): void {
  bin.drop = (bin.drop ?? 0) + drops;
}

function addEarlyDrops(bin: Bin, drops: number): void {
  bin.earlyDrop = (bin.earlyDrop ?? 0) + drops;
}

function addInsertFailed(bin: Bin, failures: number): void {
  bin.insertFailed = (bin.insertFailed ?? 0) + failures;
}

function addChainTooLong(bin: Bin, failures: number): void {
  bin.chainTooLong = (bin.chainTooLong ?? 0) + failures;
}
