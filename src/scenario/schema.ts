import { z } from "zod";
import { BOUNDS } from "./bounds.ts";
import { parseLifetime, shareProblem } from "./entry-groups.ts";
import { parseCidr } from "./ipv4.ts";
import { endsByItself, ENDING_SHAPES, rate, SHAPE_KEYS } from "./rate-schema.ts";
import { CAUSES, ENGINES, ENTRY_STATES, FILL_WAYS, INSERTED_STATES, OPENED, QUERY_TYPES, RESOLVERS, RETRY_ERRNOS, STRATEGIES, TOPOLOGIES, TUNINGS } from "./scenario.ts";
import { duration, DURATION_PATTERN, text } from "./text.ts";
import { THRESHOLD_KEYS, thresholds } from "./threshold-schema.ts";
import { parsePorts, parseShare } from "./units.ts";
import type { Parsed } from "./units.ts";

/*
 * The scenario file as a person types it. Descriptions go into the JSON Schema, which editors show.
 * Units are read here; defaults are given as they would be typed (`prefault`), so that the JSON Schema shows them so.
 */

const SHARE_PATTERN = "^\\d+(\\.\\d+)?%$";

function someShare(typed: string): Parsed<number> {
  const parsed = parseShare(typed);
  if (parsed.ok && parsed.value === 0) return { ok: false, error: "0% fills nothing; write a share above 0%" };
  return parsed;
}

function sourcesText(typed: string): Parsed<string> {
  const parsed = parseCidr(typed);
  return parsed.ok ? { ok: true, value: typed } : parsed;
}

/** Editors should not offer ranges that the parser would refuse; exactness stays with the parser. */
const sources = () => text(sourcesText, "^\\d+\\.\\d+\\.\\d+\\.\\d+(/\\d+)?$", ["127.64.0.0/16"]);

const lab = z.strictObject({
  topology: z.enum(TOPOLOGIES).default("loopback").describe("loopback: one namespace; pair: client and resolver over a veth; gateway: a masquerading router between them, whose table it is; host: this machine as it is"),
  tracking: z.boolean().default(true).describe("Whether the lab adds the nft rule that turns connection tracking on (in gateway: at the router)"),
  ruleset: z.string().nullable().default(null).describe("nft statements to load in the client's namespace as well, as in a file for nft -f"),
  resolver: z.enum(RESOLVERS).default("embedded").describe("Who answers: embedded (built in), unbound (must be installed), silent (nobody)"),
});

const table = z.strictObject({
  max: z.int().min(BOUNDS.tableMax.min).max(BOUNDS.tableMax.max).optional()
    .describe("nf_conntrack_max for the run. Host-wide: needs root, and is restored afterwards"),
  buckets: z.int().min(BOUNDS.tableBuckets.min).max(BOUNDS.tableBuckets.max).optional()
    .describe("nf_conntrack_buckets for the run. Host-wide: needs root, and is restored afterwards"),
});

const inserted = {
  assured: z.boolean().optional().describe("Whether early drop spares them; left out, as traffic would make them: TCP that was established is, UDP is not"),
  timeout: text(parseLifetime, DURATION_PATTERN, ["432000s"]).optional()
    .describe("How long the kernel keeps them, in whole seconds; left out, the kernel's own timeout for such an entry"),
  share: text(someShare, SHARE_PATTERN, ["90%"]).optional().describe("Of the fill's entries; left out, an equal part of what the other groups leave"),
};

const insertedEntries = z.array(z.discriminatedUnion("protocol", [
  z.strictObject({ protocol: z.literal("udp").describe("udp or tcp"), state: z.enum(INSERTED_STATES.udp).describe("Whether an answer was seen"), ...inserted }),
  z.strictObject({ protocol: z.literal("tcp").describe("udp or tcp"), state: z.enum(INSERTED_STATES.tcp).describe("The connection's state"), ...inserted }),
])).min(1).max(BOUNDS.entryGroups).superRefine((typed, context) => {
  const problem = shareProblem(typed);
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});

const fill = z.strictObject({
  by: z.enum(FILL_WAYS).default("traffic")
    .describe("traffic: packets earn every entry; insertion: entries are written into the table through ctnetlink, in a fraction of the time, and the report says so"),
  occupancy: text(someShare, SHARE_PATTERN, ["99.5%"]).describe("Share of nf_conntrack_max the table should hold when the phase ends"),
  state: z.enum(ENTRY_STATES).optional().meta({ default: "assured" })
    .describe("How far each flow is taken: unreplied (one packet), replied (and an answer), assured (and another packet after 2 s; never evicted), time-wait (a TCP connection opened and closed; never evicted)"),
  entries: insertedEntries.optional().describe("by: insertion only, in place of state: what is inserted, in groups"),
  sources: sources().optional().describe("Source addresses of the filling flows, in CIDR form; the default depends on the topology"),
}).superRefine(({ by, state, entries }, context) => {
  if (entries === undefined) return;
  if (by === "traffic") context.addIssue({ code: "custom", path: ["entries"], message: "can only be inserted; write by: insertion beside it, or state: assured in its place" });
  else if (state !== undefined) context.addIssue({ code: "custom", path: ["state"], message: "says again what entries says; remove one of the two" });
});

const query = z.strictObject({
  name: z.string()
    .regex(/^(?=.{1,254}$)([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/, { error: "is not a domain name; write for example example.test" })
    .default("example.test").describe("Name to ask for"),
  type: z.enum(QUERY_TYPES).default("A").describe("Record type to ask for"),
});

const retry = z.strictObject({
  on: z.enum(RETRY_ERRNOS).default("EPERM").describe("The errno after which a query is tried again"),
  times: z.int().min(1).max(BOUNDS.retries).default(3).describe("How often at most; each time is an attempt of its own"),
  wait: duration("0ms", "10s", ["10ms"]).prefault("10ms").describe("How long to wait before each"),
});

const load = z.strictObject({
  strategy: z.enum(STRATEGIES).default("per-query")
    .describe("per-query: a socket for each query, as miekg/dns does; pool: long-lived sockets in turn; sweep: one socket per source port, the source address changed per packet; tcp-per-query: a TCP connection for each query; tcp-persistent: long-lived TCP connections in turn"),
  engine: z.enum(ENGINES).default("auto").describe("dgram: Node's own socket; libc: the C library (sweep needs it); auto: libc where it can be had"),
  rate: rate.nullable().default(null)
    .describe("Queries per second of all threads together, or a shape in which they change; unlimited, or left out: as fast as the engine can"),
  duration: duration("1ms", "1h", ["5s"]).optional().describe("When to stop, at most 1h; a load needs duration, queries or both, or a rate that ends by itself (ramp, steps, replay)"),
  queries: z.int().min(1).max(BOUNDS.queries).optional().describe("After how many queries to stop; a load needs duration, queries or both"),
  "catch-up": duration("1ms", "1m", ["100ms"]).prefault("100ms")
    .describe("With a rate: a query that is further behind its time than this is dropped and counted, so that a pause is not made up for by a flood"),
  threads: z.int().min(1).max(BOUNDS.threads).default(1).describe("Worker threads that share the load"),
  outstanding: z.int().min(1).max(BOUNDS.outstanding).optional().describe("Most queries awaiting an answer at once, all threads together"),
  timeout: duration("1ms", "1m", ["2s"]).prefault("2s").describe("How long to wait for an answer; 2s is the default of miekg/dns"),
  sockets: z.int().min(1).max(BOUNDS.sockets).default(100).describe("pool and tcp-persistent only: sockets of all threads together"),
  opened: z.enum(OPENED).default("at-load").describe("tcp-persistent only: at-load: connections are made when the load begins; at-start: before the first phase, as by a service that runs for long"),
  sources: sources().optional().describe("Source addresses in CIDR form; left out, the kernel chooses (sweep uses the lab's own range)"),
  ports: z.union([z.string().meta({ pattern: "^\\d+(-\\d+)?$", examples: ["20000-20063"] }), z.int().min(1).max(65_535)]).transform((typed, context) => {
    const parsed = parsePorts(String(typed));
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: parsed.error });
    return z.NEVER;
  }).optional().describe("sweep only: source ports, for example 20000-20063; left out, the plan chooses"),
  query: query.prefault({}).describe("What is asked"),
  retry: retry.optional().describe("Try a refused query again; left out, a refusal is final, as in miekg/dns"),
}).refine((typed) => "duration" in typed || "queries" in typed || endsByItself(typed.rate), {
  error: "would never end; write duration: 5s or queries: 10000",
  when: ({ value }) => isObject(value),
}).meta({
  anyOf: [
    ...["duration", "queries"].map((key) => ({ properties: { [key]: {} }, required: [key] })),
    { properties: { rate: { type: "object", anyOf: ENDING_SHAPES.map((key) => ({ properties: { [key]: {} }, required: [key] })) } }, required: ["rate"] },
  ],
});

const exec = z.strictObject({
  command: z.array(z.string()).min(1).max(1_000).describe("Program and arguments; @{resolver} stands for the resolver's address"),
  timeout: duration("1ms", "1h", ["10s"]).prefault("10s").describe("When to end the program"),
});

const rest = z.strictObject({
  duration: duration("1ms", "1h", ["2s"]).describe("How long to do nothing but observe"),
});

const phase = z.strictObject({
  fill: fill.optional().describe("Bring the table to a given occupancy with flows of our own"),
  load: load.optional().describe("The queries whose fate is the result"),
  exec: exec.optional().describe("Run a program in the lab's client namespace"),
  rest: rest.optional().describe("Do nothing, and go on observing"),
}).refine((typed) => Object.keys(typed).length === 1, {
  error: (issue) => Object.keys(issue.input as object).length === 0
    ? "is empty; write one of fill, load, exec, rest"
    : "holds more than one phase; start each with a dash of its own",
}).meta({ minProperties: 1, maxProperties: 1 });

/** The whole file. */
export const fileSchema = z.strictObject({
  name: z.string().max(64).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: "is not a name; write lower-case words joined by hyphens, for example small-table" })
    .describe("Lower-case words joined by hyphens; names the run directory"),
  about: z.string().default("").describe("What happens here, and why, in a paragraph"),
  expect: z.enum(CAUSES).nullable().default(null).describe("The verdict this story should end with; any other fails the run"),
  lab: lab.prefault({}).describe("Where the run takes place"),
  table: table.prefault({}).describe("Host-wide table sizes; needs root. Left out, the host's own are used and nothing is changed"),
  tunings: z.array(z.enum(TUNINGS)).max(TUNINGS.length).default([])
    .describe("Named remedies to try, as `tablefull tunings` lists them; each is carried out before anything is sent, verified, and undone"),
  phases: z.array(phase).min(1).max(BOUNDS.phases).describe("What happens, in order"),
  observe: z.strictObject({
    every: duration("1ms", "1s", ["10ms"]).prefault("10ms").describe("Time between two samples of the kernel's counters, 1ms to 1s"),
  }).prefault({}).describe("How the kernel is watched"),
  thresholds: thresholds.prefault({}).describe("Limits that the run must keep, as in k6; one that is crossed fails the run with exit code 99"),
}).describe("A tablefull scenario: one reproducible story of a connection-tracking table under DNS load");

export type FileContents = z.output<typeof fileSchema>;

/** Keys that a block may hold, by the name of the block; the file itself is `""`, a phase is `phases`. */
export const KNOWN_KEYS: Record<string, readonly string[]> = {
  "": Object.keys(fileSchema.shape),
  lab: Object.keys(lab.shape),
  table: Object.keys(table.shape),
  observe: ["every"],
  phases: Object.keys(phase.shape),
  fill: Object.keys(fill.shape),
  entries: ["protocol", "state", ...Object.keys(inserted)],
  load: Object.keys(load.shape),
  exec: Object.keys(exec.shape),
  rest: Object.keys(rest.shape),
  query: Object.keys(query.shape),
  retry: Object.keys(retry.shape),
  thresholds: Object.keys(thresholds.shape),
  ...Object.fromEntries(Object.keys(thresholds.shape).map((metric) => [metric, THRESHOLD_KEYS])),
  ...SHAPE_KEYS,
};

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
