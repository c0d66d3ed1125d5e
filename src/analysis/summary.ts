import { z } from "zod";
import { CAUSES } from "../scenario/scenario.ts";

const share = z.number().min(0).max(1);
const tally = z.number().int().nonnegative();
const known = tally.nullable();

/** summary.json: the answer of one run, derived from its facts. What the kernel did not tell is null, never 0. */
export const summarySchema = z
  .object({
    schemaVersion: z.literal(1),
    run: z.object({
      id: z.string(),
      scenario: z.string(),
      state: z.enum(["running", "finished", "interrupted", "failed"]),
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
      next: z.array(z.string()).describe("What to do next; commands can be typed as they stand"),
    }),
    expectation: z.object({ expected: z.enum(CAUSES).nullable(), met: z.boolean().nullable() }),
    sends: z
      .object({
        attempted: tally,
        sent: tally,
        answered: tally,
        unanswered: tally,
        late: tally,
        stray: tally,
        failed: z.record(z.string(), tally).describe("errno -> sends it refused"),
      })
      .describe("The load phases together; attempted = sent + failed, sent = answered + unanswered + late"),
    onset: z
      .object({
        atMs: z.number().describe("First EPERM of the load, since the start of the run"),
        sinceLoadMs: z.number(),
        count: known.describe("Table entries then, interpolated between two samples"),
        max: known,
        share: z.number().nullable().describe("count / max"),
        leadMs: z.number().nullable().describe("From the first sample with count >= max to the first EPERM"),
      })
      .nullable(),
    attribution: z.object({
      eperm: tally.describe("Sends refused with EPERM, counted by the senders"),
      drop: known.describe("Change of the kernel's drop counter over the load"),
      earlyDrop: known,
      insertFailed: known,
      chainTooLong: known,
      explainedShare: share.nullable().describe("min(eperm, drop + chainTooLong) / eperm"),
    }),
    model: z.object({
      evictable: known.describe("Entries not ASSURED when the table was full"),
      assured: known,
      buckets: known,
      predictedEpermShare: share.nullable(),
      measuredEpermShare: share.nullable().describe("EPERM / attempted sends, from the moment the table was full"),
    }),
    table: z.object({ max: known, buckets: known, peak: known }),
    latency: z
      .object({ p50: z.number().nullable(), p90: z.number().nullable(), p99: z.number().nullable(), max: z.number().nullable() })
      .describe("Milliseconds of answered queries; from the intended send time where the load has a rate"),
  })
  .meta({ title: "tablefull run summary" });

export type Summary = z.infer<typeof summarySchema>;
export type Verdict = Summary["verdict"];
