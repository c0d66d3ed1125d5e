import type { LoadPhase, Phase, RetrySpec } from "../scenario/scenario.ts";
import type { Tuning } from "./tuning.ts";

const RETRY: RetrySpec = { on: "EPERM", times: 3, waitMs: 10 };

export const retryOnEperm: Tuning = {
  summary: "try a refused query again",
  changes: `the client: after EPERM the query is sent again, up to ${RETRY.times} times, each after ${RETRY.waitMs} ms`,
  trap: "the table stays full: where a socket each is used, a retry is another tuple and draws 8 other buckets, which helps only as far as there is something to evict; from a pool it is the same tuple, and the same 8. Each refused attempt is one more dropped packet",
  cost: `up to ${RETRY.times} more attempts and ${RETRY.times * RETRY.waitMs} ms for each refused query`,
  source: "nf_hook_slow turns the drop in LOCAL_OUT into EPERM; a refused packet leaves no entry",
  sets: ["whether a refused query is tried again"],
  applyTo: (scenario) => ({ ...scenario, phases: scenario.phases.map((phase): Phase => (phase.kind === "load" ? withRetry(phase) : phase)) }),
};

/** A sweep has another flow for each query, and never tries one again; TCP sees no EPERM. */
function withRetry(load: LoadPhase): LoadPhase {
  const mayRetry = load.strategy === "per-query" || load.strategy === "pool";
  return load.retry !== null || !mayRetry ? load : { ...load, retry: RETRY };
}
