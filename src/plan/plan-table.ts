import { BOUNDS } from "../scenario/bounds.ts";
import type { TuningName } from "../scenario/scenario.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import type { Change } from "../tuning/tuning.ts";
import type { Plan } from "./plan.ts";
import type { Planning } from "./planning.ts";

type Asking = Pick<Planning, "scenario" | "machine" | "problems">;
type Limits = Plan["table"];
type Key = keyof Limits;

const KEYS = ["max", "buckets"] as const;
const BIGGEST: Limits = { max: BOUNDS.tableMax.max, buckets: BOUNDS.tableBuckets.max };

/** The table's size without tunings and during the run, and what of it must be set; null when there is none to plan with. */
export function planTable(asking: Asking): { untuned: Limits; table: Limits; hostValues: Plan["hostValues"] } | null {
  const untuned = planUntuned(asking);
  if (untuned === null) return null;
  const { scenario } = asking;
  const table = { max: tuned(asking, "max", untuned), buckets: tuned(asking, "buckets", untuned) };
  const toSet = (key: Key): number | null => (scenario.table[key] === null && table[key] === untuned[key] ? null : table[key]);
  return { untuned, table, hostValues: { max: toSet("max"), buckets: toSet("buckets") } };
}

/** What a tuning makes of the table, by the full names of the values. */
export function tableChanges(name: TuningName, untuned: Limits, table: Limits): Change[] {
  const factors = CATALOGUE[name].table ?? {};
  return KEYS.filter((key) => factors[key] !== undefined).map((key) => ({
    what: `net.netfilter.nf_conntrack_${key}`,
    from: String(untuned[key]),
    to: String(table[key]),
  }));
}

function tuned(asking: Asking, key: Key, untuned: Limits): number {
  const { scenario, machine, problems } = asking;
  const index = scenario.tunings.findIndex((name) => CATALOGUE[name].table?.[key] !== undefined);
  const name = scenario.tunings[index];
  if (name === undefined) return untuned[key];
  if (!machine.privileged && scenario.lab.topology !== "host") {
    problems.at(["tunings", index], `${name} sets a value of the whole host, and that needs root; run with sudo, or remove ${name}`, "tunings");
  }
  const value = Math.min(BIGGEST[key], untuned[key] * (CATALOGUE[name].table?.[key] ?? 1));
  if (value <= untuned[key]) {
    problems.at(["tunings", index], `${name} changes nothing here: nf_conntrack_${key} is ${untuned[key]} already, and ${BIGGEST[key]} is the most; remove it`, "tunings");
  }
  return value;
}

function planUntuned({ scenario, machine, problems }: Asking): Limits | null {
  const { topology } = scenario.lab;
  const wanted = scenario.table;
  for (const key of KEYS) {
    if (wanted[key] === null) continue;
    if (topology === "host") {
      problems.at(["table", key], "is refused in topology host: it would resize the table that this machine works with; remove it, or write topology: loopback");
    } else if (!machine.privileged) {
      problems.at(["table", key], "is one value for the whole host, and setting it needs root; run with sudo, or use scenarios/kernel-defaults.yaml, which needs no root and changes nothing on the host");
    }
  }
  const needed = 2 * (machine.hostEntries ?? 0);
  if (wanted.max !== null && wanted.max < needed) {
    problems.at(["table", "max"], `the host's own table holds ${machine.hostEntries} entries; write at least ${needed}, or use scenarios/kernel-defaults.yaml, which changes nothing on the host`);
  }
  if (machine.max === null || machine.buckets === null) {
    problems.add(topology === "host"
      ? "nf_conntrack is not loaded, so this machine has no table that could be full; nothing to observe (modprobe nf_conntrack, as root, would load it)"
      : "nf_conntrack is not loaded, so no lab can track connections; run, as root: modprobe nf_conntrack");
    return null;
  }
  const max = wanted.max ?? machine.max;
  if (max === 0) {
    problems.add("nf_conntrack_max is 0 on this machine, which means no limit: its table is never full; set one, as root: sysctl net.netfilter.nf_conntrack_max=262144");
    return null;
  }
  return { max, buckets: wanted.buckets ?? machine.buckets };
}
