import { z } from "zod";
import { CAUSES } from "../scenario/scenario.ts";
import { THRESHOLD_METRIC_NAMES } from "../scenario/thresholds.ts";

const share = z.number().min(0).max(1);
const tally = z.number().int().nonnegative();
const known = tally.nullable();

const percentiles = z.object({ p50: z.number().nullable(), p90: z.number().nullable(), p99: z.number().nullable(), max: z.number().nullable() });

/** summary.json: the answer of one run, derived from its facts. What the kernel did not tell is null, never 0. */
export const summarySchema = z
  .object({
    schemaVersion: z.literal(1),
    run: z.object({
      id: z.string(),
      scenario: z.string(),
      state: z.enum(["running", "finished", "interrupted", "stopped", "failed"]).describe("stopped: by a threshold with abortOnFail"),
      startedAt: z.string(),
      durationMs: z.number().nullable().describe("From the origin of the run to its end; null when it was killed"),
      kernel: z.string(),
    }),
    verdict: z.object({
      cause: z.enum(CAUSES),
      sentence: z.string().describe("The verdict in one sentence"),
      evidence: z.array(z.string()).describe("What speaks for it, with numbers"),
      against: z.array(z.string()).describe("What speaks against it"),
      findings: z.array(z.object({ kind: z.string(), text: z.string() })).describe("Doubts about the measurement"),
      doubtful: z.boolean().describe("A finding says that the run's own numbers contradict each other: believe none of them"),
      next: z.array(z.string()).describe("What to do next; commands can be typed as they stand"),
    }),
    tunings: z
      .array(
        z.object({
          name: z.string(),
          changes: z.array(z.object({ what: z.string(), from: z.string().nullable(), to: z.string() })).describe("What it changed, as read back"),
          effect: z.string().nullable().describe("What the kernel then did with a few queries; null where reading back is the proof"),
        }),
      )
      .describe("Tunings that were carried out before the first phase"),
    expectation: z.object({
      expected: z.enum(CAUSES).nullable(),
      met: z.boolean().nullable().describe("The verdict is the expected one, and not doubtful; null where none is expected"),
    }),
    thresholds: z
      .array(
        z.object({
          metric: z.enum(THRESHOLD_METRIC_NAMES),
          threshold: z.string().describe("As the scenario has it"),
          abortOnFail: z.boolean(),
          value: z.number().nullable().describe("Shares 0 to 1, latency and onset in milliseconds; null where unknown, or for an onset that never came"),
          passed: z.boolean().nullable().describe("Null where the value is unknown"),
          unknown: z.string().nullable().describe("Why it is unknown"),
        }),
      )
      .describe("The scenario's thresholds, on all load phases together"),
    sends: z
      .object({
        attempted: tally,
        sent: tally,
        answered: tally,
        unanswered: z.number().int().describe("Below 0 only in books that do not balance"),
        late: tally,
        open: tally.describe("Awaiting an answer when the run was stopped or killed, before their timeout; 0 of a run that finished, and of a run of before that was stopped, which gave them up as unanswered"),
        lateSeen: z.boolean().nullable().describe("False: a socket for each query, as of per-query, closes at its timeout, as the programs' do that it stands for, and sees no answer after that"),
        stray: tally.describe("Datagrams that close no query: the sum of strays"),
        strays: z
          .record(z.string(), tally)
          .describe("not-dns, wrong-source (on a connected socket the kernel discards those), wrong-question, wrong-id, duplicate, unasked -> datagrams; untold in runs of before"),
        outcomes: z.record(z.string(), tally).describe("rcode -> answers in time; +TC: truncated by the resolver, +CUT: longer than our buffer"),
        icmp: z
          .record(z.string(), tally)
          .nullable()
          .describe("errno -> what ICMP said of queries (ECONNREFUSED: nobody listens there); no refusal, as the query had left. Null in runs of before"),
        retries: tally.describe("Attempts after a query's first, where refused queries are tried again: attempted - retries = queries"),
        recovered: tally.describe("Queries that were refused and sent at a later attempt"),
        gaveUp: tally.describe("Queries that were refused and never sent, where refused queries are tried again"),
        failed: z.record(z.string(), tally).describe("errno -> sends it refused"),
      })
      .describe("The load phases together; attempted = sent + failed, sent = answered + unanswered + late + open"),
    load: z
      .object({
        durationMs: z.number().nullable().describe("From the first attempt of each load to its last, all loads together"),
        attemptedPps: z.number().nullable(),
        answeredPps: z.number().nullable(),
      })
      .describe("How fast the load phases went; null without an attempt"),
    cpu: z
      .object({
        kernelUsPerQuery: z.number().nullable().describe("Kernel time of the sender threads, for each attempted send"),
        programUsPerQuery: z.number().nullable().describe("Their time outside the kernel"),
        hostSoftirqUsPerQuery: z
          .number()
          .nullable()
          .describe("Softirq time of the whole machine, everybody's included; overlaps with kernelUsPerQuery unless the kernel accounts interrupts apart"),
      })
      .describe("Microseconds of CPU time over the load phases; null where the kernel did not tell"),
    books: z
      .object({
        balanced: z.boolean().describe("attempted = sent + failed and sent = answered + unanswered + late + open, in every ledger and in total"),
        ledgers: tally.describe("One for each thread of each load"),
        kernelPackets: known.describe("Datagrams to the resolver that left the client's devices over the loads, by an nft counter of the lab's own: sent, and at most the ENOBUFS besides"),
        kernelAgrees: z.boolean().nullable().describe("Load by load; null where nothing counted"),
        kernelUnknown: z.string().nullable().describe("Why nothing counted"),
      })
      .describe("Whether the senders' books add up, and agree with the kernel"),
    onset: z
      .object({
        atMs: z.number().describe("First EPERM of the load, since the start of the run"),
        sinceLoadMs: z.number(),
        count: known.describe("Table entries then, interpolated between two samples"),
        max: known,
        share: z.number().nullable().describe("count / max"),
        flowsOpened: known.describe("Distinct flows opened until then: by fills, and by the load's sends (an estimate where ports are drawn at random)"),
        leadMs: z.number().nullable().describe("From the first sample with count >= max to the first EPERM"),
      })
      .nullable(),
    attribution: z.object({
      eperm: tally.describe("Sends refused with EPERM, counted by the senders"),
      drop: known.describe("Change of the kernel's drop counter over the load"),
      earlyDrop: known,
      insertFailed: known,
      chainTooLong: known,
      clashResolved: known.describe("Clashes of one tuple that the kernel resolved without loss"),
      explainedShare: share
        .nullable()
        .describe("Share of the EPERM that drop + chainTooLong explain, time bin by time bin; null without EPERM or without drop"),
      byRule: known.describe("Packets that rules in output and postrouting dropped, at most the remainder; null where they do not count"),
      remainder: known.describe("EPERM that drop + chainTooLong do not explain"),
      remainderCause: z.string().nullable().describe("What counted the remainder; null where nothing did"),
      bins: z
        .object({ explained: tally, partly: tally, unexplained: tally })
        .nullable()
        .describe("Time bins with EPERM by how much of it drop + chainTooLong explain: from 95 %, less, up to 5 %"),
    }),
    model: z.object({
      evictable: known.describe("Entries not ASSURED when the table was full"),
      assured: known,
      buckets: known,
      predictedEpermShare: share.nullable(),
      measuredEpermShare: share.nullable().describe("EPERM / attempted sends, from the moment the table was full"),
    }),
    correlation: z
      .object({
        threshold: z
          .object({ share: z.number().nonnegative().describe("Above 1 where max was lowered below the entries that were there"), count: known })
          .nullable()
          .describe("Occupancy from which on sends were refused: change point"),
        spearman: z
          .object({ rho: z.number(), low: z.number(), high: z.number(), bins: tally })
          .nullable()
          .describe("Rank correlation of occupancy and EPERM share over time bins, with its 95 % bootstrap interval"),
        lagMs: z.number().nullable().describe("By how much EPERM follows occupancy where they correlate best"),
        bands: z
          .array(z.object({ from: share, to: share.nullable(), attempted: tally, eperm: tally, share }))
          .describe("Occupancy band -> share of sends refused; the last one, full, has no upper end"),
        note: z.string().nullable().describe("Why there is no correlation"),
      })
      .describe("EPERM against occupancy over the load phases"),
    table: z.object({
      max: known,
      buckets: known,
      peak: known,
      filler: z
        .object({ protocol: z.string(), state: z.string(), assured: z.boolean(), share })
        .nullable()
        .describe("The largest group of entries when the table was full, or at the end"),
      inserted: tally.describe("Entries that fills wrote into the table through ctnetlink; no traffic earned them"),
    }),
    router: z
      .object({ peak: known, max: known, drop: known, full: z.boolean().nullable() })
      .nullable()
      .describe("The table of the router between client and resolver over the load; null without a router"),
    watch: z
      .object({
        namespace: z.string().describe("Whose network namespace, in words"),
        everyMs: z.number().describe("How often a line was printed; samples are at most 100 ms apart"),
        dropWhileFull: known.describe("Drops between two samples of which one saw the table at 99 % of max, or while early_drop rose"),
        outDiscards: known.describe("Change of Ip.OutDiscards: datagrams of this namespace's own that did not leave"),
        outRequests: known.describe("Change of Ip.OutRequests: IPv4 packets that this namespace itself sent, forwarded ones not among them"),
      })
      .nullable()
      .describe("Of a record of `tablefull watch`, where nothing was sent: the counters are changes over all of it; null of a run"),
    pacing: z
      .object({
        planned: tally.describe("Queries that came due by the loads' rates; planned = attempted + dropped"),
        attempted: tally.describe("Those that were attempted; a retry does not count again"),
        dropped: tally.describe("Those that were too far behind their time and were given up"),
        plannedPps: z.number().nullable().describe("On average over the loads' durations"),
        achievedPps: z.number().nullable().describe("Attempted queries, over the same time"),
        lateness: z
          .object({ p50: z.number(), p99: z.number(), max: z.number() })
          .nullable()
          .describe("Milliseconds from the time an attempt was meant for to the attempt"),
      })
      .nullable()
      .describe("The loads that have a rate together; null where none has, and where a run of before did not tell"),
    latency: percentiles.describe("Milliseconds of answered queries; from the intended send time where the load has a rate"),
    latencySource: z
      .enum(["histograms", "ticks"])
      .nullable()
      .describe("ticks: coarse, at most a sixteenth above, as latency.hlog does not hold all answers (a killed run); null without a latency, even where queries were answered"),
    uncorrectedLatency: percentiles
      .nullable()
      .describe("The same from the actual send, as if nothing had waited to be sent; null where no load has a rate, and where a run of before did not tell"),
  })
  .meta({ title: "tablefull run summary" });

export type Summary = z.infer<typeof summarySchema>;
export type Verdict = Summary["verdict"];
