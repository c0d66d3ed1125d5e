import type { MetricComparison, MetricName, Word } from "./comparison.ts";

/** What decides where as many queries are answered as before, in this order. */
const THEN = ["answeredPps", "latencyP99Ms"] as const satisfies readonly MetricName[];

/**
 * Whether the whole is better. What counts is whether queries are answered: fewer EPERM with as many answers is a failure that
 * only moved. Then how fast; what it costs (memory, CPU) stands beside it and does not decide.
 */
export function overallWord(metrics: readonly MetricComparison[]): { word: Word; why: string } {
  const word = (name: MetricName): Word => metrics.find(({ metric }) => metric === name)?.word ?? "cannot tell";
  const answered = word("answeredShare");
  if (answered === "better") return { word: "better", why: "more of the queries are answered" };
  if (answered === "worse") return { word: "worse", why: "fewer of the queries are answered" };
  if (answered === "cannot tell") return { word: "cannot tell", why: "whether more of the queries are answered cannot be told" };
  const refused = word("epermShare");
  if (refused === "better") return { word: "no difference", why: "fewer EPERM, but no more answers: the failure only moved" };
  if (refused === "worse") return { word: "no difference", why: "more EPERM, but no fewer answers: the failure only moved" };
  for (const name of THEN) {
    const then = word(name);
    if (then === "better" || then === "worse") return { word: then, why: `as many answers, and ${SPEED[name][then]}` };
  }
  return { word: "no difference", why: "as many of the queries are answered" };
}

const SPEED = {
  answeredPps: { better: "more of them a second", worse: "fewer of them a second" },
  latencyP99Ms: { better: "sooner", worse: "later" },
} as const;
