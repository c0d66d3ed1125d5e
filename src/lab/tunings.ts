import type { Plan } from "../plan/plan.ts";
import type { TuningName } from "../scenario/scenario.ts";
import { UserError } from "../errors.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";
import type { Change, Step } from "../tuning/tuning.ts";
import { run } from "./commands.ts";
import type { Lab } from "./topology.ts";

/** A tuning that was carried out, with all that it changed, as it was read back. */
export interface AppliedTuning {
  name: TuningName;
  changes: Change[];
}

const NETFILTER = "/proc/sys/net/netfilter";
/** The lock of iptables-legacy guards tables that others share; it lies where only the host's root may write. A lab's tables are its own. */
const NO_LOCK = { XTABLES_LOCKFILE: "/dev/null" };

/**
 * Carries out what the plan's tunings do in the lab, where its table is, and reads each change back. All of it ends with the
 * lab. Throws UserError for a step that fails or does not take effect.
 */
export function applyTunings({ tunings, table }: Pick<Plan, "tunings" | "table">, lab: Pick<Lab, "tablePrefix">): AppliedTuning[] {
  return tunings.map(({ name, changes }) => {
    const { steps = [], table: factors = {} } = CATALOGUE[name];
    for (const key of ["max", "buckets"] as const) if (factors[key] !== undefined) checkLimit(name, key, table[key]);
    return { name, changes: [...changes, ...steps.map((step) => carryOut(name, step, lab))] };
  });
}

/** Set by our parent for the whole host; here it must be in force. The kernel rounds buckets up to whole pages. */
function checkLimit(name: TuningName, key: "max" | "buckets", wanted: number): void {
  const file = `${NETFILTER}/nf_conntrack_${key}`;
  const now = Number(run("cat", [file]));
  if (key === "max" ? now !== wanted : now < wanted) throw noEffect(name, `nf_conntrack_${key} reads ${now}, not ${wanted}`);
}

function carryOut(name: TuningName, step: Step, { tablePrefix }: Pick<Lab, "tablePrefix">): Change {
  const there = ([command = "", ...args]: readonly string[], input?: string): string => {
    const [first = command, ...rest] = [...tablePrefix, command, ...args];
    return run(first, rest, { variables: NO_LOCK, ...(input === undefined ? {} : { input }) });
  };
  if (step.kind === "sysctl") {
    const file = `${NETFILTER}/${step.name}`;
    const from = there(["cat", file]).trim();
    there(["sh", "-c", 'echo "$1" > "$2"', "sh", String(step.value), file]);
    const to = there(["cat", file]).trim();
    if (to !== String(step.value)) throw noEffect(name, `${step.name} reads ${to}, not ${step.value}`);
    return { what: `net.netfilter.${step.name}`, from, to };
  }
  there(step.command, step.input);
  const listed = there(step.list);
  const lacking = step.shows.find((text) => !listed.includes(text));
  if (lacking !== undefined) throw noEffect(name, `${step.list.join(" ")} does not show: ${lacking}`);
  return { what: step.what, from: null, to: listed.trim() };
}

/** What to say of a tuning that did not do what it is for. */
export function noEffect(name: TuningName, why: string): UserError {
  return new UserError(`tuning ${name} did not take effect: ${why}`);
}
