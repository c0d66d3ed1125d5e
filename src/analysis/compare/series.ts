import type { Comparison, Contender, MetricName, Word } from "./comparison.ts";

const WORST_LAST: Record<Word, number> = { better: 0, "no difference": 1, "cannot tell": 2, worse: 3 };

/** What a series found. */
export interface TuneReport {
  scenario: string;
  directory: string;
  rounds: number;
  seed: number;
  comparison: Comparison;
  refused: readonly { name: string; why: string }[];
  /** Runs that are still to be made. */
  left: number;
}

/** Contenders, what helps most first. */
export function ranked({ contenders }: Comparison): Contender[] {
  const value = (contender: Contender, name: MetricName): number => contender.metrics.find(({ metric }) => metric === name)?.other.mean ?? 0;
  return contenders.toSorted(
    (a, b) =>
      WORST_LAST[a.overall.word] - WORST_LAST[b.overall.word] ||
      value(b, "answeredShare") - value(a, "answeredShare") ||
      value(a, "epermShare") - value(b, "epermShare") ||
      value(a, "kernelUsPerQuery") - value(b, "kernelUsPerQuery"),
  );
}
