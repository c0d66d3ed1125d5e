import { z } from "zod";
import { counts } from "./record-schemas.ts";

const atNs = z.number();

/** events.ndjson: who fills the table, counted by protocol, state and ASSURED. */
export const compositionRecord = z.object({
  type: z.literal("composition"),
  atNs,
  /** How long the dump took; the table went on changing meanwhile. */
  tookNs: z.number(),
  /** `demand`: somebody who watched asked for it. */
  moment: z.enum(["start", "onset", "end", "demand"]),
  /** Whose table; without it the client's. */
  host: z.enum(["client", "router"]).optional(),
  groups: z.array(
    z.object({
      protocol: z.string(),
      /** TCP's own state, or UNREPLIED / REPLIED for protocols without one. */
      state: z.string(),
      assured: z.boolean(),
      entries: z.number().int(),
    }),
  ),
});

/**
 * events.ndjson: CPU time over a load phase. Null where the kernel did not tell; runs of before have no such record.
 * Where the kernel accounts interrupts apart (CONFIG_IRQ_TIME_ACCOUNTING), softirq work within a send is in `host` alone.
 */
const loadCpuRecord = z.object({
  type: z.literal("load-cpu"),
  atNs,
  phase: z.number().int(),
  /** The sender threads together, between the first query and the last answer or timeout. */
  senders: z.object({ userNs: z.number(), systemNs: z.number() }).nullable(),
  /** The whole machine in the same time, everybody's work included. */
  host: z.object({ systemNs: z.number(), softirqNs: z.number() }).nullable(),
});

/**
 * events.ndjson: datagrams to the resolver that had left the client's devices by then, counted by an nft counter of the
 * lab's own (netdev egress), before and after each load. `packets` is null where nothing counts them, and `why` then says why.
 */
const sentCounterRecord = z.object({
  type: z.literal("sent-counter"),
  atNs,
  phase: z.number().int(),
  moment: z.enum(["start", "end"]),
  packets: z.number().int().nonnegative().nullable(),
  why: z.string().nullable(),
});

/**
 * events.ndjson: the nft rules in the client's namespace that drop, before the first load and after the last. Absent
 * where they could not be listed; an empty list means that there are none.
 */
const dropRulesRecord = z.object({
  type: z.literal("drop-rules"),
  atNs,
  moment: z.enum(["start", "end"]),
  rules: z.array(
    z.object({
      /** For people: `inet filter output: udp dport 53 numgen inc mod 4 0 counter drop`. */
      rule: z.string(),
      /** output, postrouting, input, prerouting, forward or another one; `several` for a chain that is reached from more than one. */
      hook: z.string(),
      /** The rule's counter; null where it has none. */
      packets: z.number().int().nonnegative().nullable(),
    }),
  ),
});

/** events.ndjson: a tuning that was carried out, before the first phase. */
const tunedRecord = z.object({
  type: z.literal("tuned"),
  atNs,
  tuning: z.string(),
  changes: z.array(
    z.object({
      /** `net.netfilter.nf_conntrack_udp_timeout`, `nft table inet tuning_notrack`, `phases[1].strategy`. */
      what: z.string(),
      /** Null where there was nothing before; `to` is as read back. */
      from: z.string().nullable(),
      to: z.string(),
    }),
  ),
  /** What the kernel then did with a few queries, in words; null where reading back is the proof. */
  effect: z.string().nullable(),
});

export const eventRecord = z.discriminatedUnion("type", [
  z.object({ type: z.literal("lab-ready"), atNs, topology: z.string(), resolver: z.string() }),
  z.object({ type: z.literal("phase-start"), atNs, phase: z.number().int(), kind: z.string() }),
  z.object({ type: z.literal("phase-end"), atNs, phase: z.number().int(), kind: z.string() }),
  z.object({
    type: z.literal("filled"),
    atNs,
    phase: z.number().int(),
    /** Distinct flows opened, flows whose answer came back, and flows taken past the 2 s that ASSURED needs. */
    flows: z.number().int(),
    replied: z.number().int(),
    confirmed: z.number().int(),
    repaired: z.number().int(),
    /** errno name -> sends it refused; of an insertion, entries. */
    failed: counts,
    /**
     * What was written into the table through ctnetlink, group by group: no packet earned it, so `flows` counts what went in,
     * and nothing is `replied` or `confirmed`. Absent of a fill with traffic.
     */
    inserted: z
      .array(
        z.object({
          protocol: z.string(),
          state: z.string(),
          assured: z.boolean(),
          timeoutS: z.number().int(),
          entries: z.number().int(),
        }),
      )
      .optional(),
  }),
  compositionRecord,
  dropRulesRecord,
  loadCpuRecord,
  sentCounterRecord,
  tunedRecord,
  /** `nft list ruleset` in the client's namespace after a program of the scenario's own has changed it; run.json has what was before. */
  z.object({ type: z.literal("ruleset"), atNs, text: z.string() }),
  z.object({ type: z.literal("composition-missing"), atNs, moment: z.string(), why: z.string() }),
  z.object({
    type: z.literal("exec"),
    atNs,
    phase: z.number().int(),
    command: z.array(z.string()),
    exitCode: z.number().int().nullable(),
    signal: z.string().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    tookNs: z.number(),
  }),
  z.object({ type: z.literal("server-died"), atNs, server: z.string(), why: z.string() }),
  z.object({ type: z.literal("stopped"), atNs, why: z.string() }),
]);

export type CompositionRecord = z.infer<typeof compositionRecord>;
export type DropRulesRecord = z.infer<typeof dropRulesRecord>;
export type SentCounterRecord = z.infer<typeof sentCounterRecord>;
export type LoadCpuRecord = z.infer<typeof loadCpuRecord>;
export type TunedRecord = z.infer<typeof tunedRecord>;
export type EventRecord = z.infer<typeof eventRecord>;
