import type { ComparedRun } from "./compared-run.ts";
import type { EnvironmentDifference } from "./comparison.ts";
import { rulesOf } from "./rules.ts";
import { settingsOf } from "./settings.ts";
import type { Settings } from "./settings.ts";

type Kind = EnvironmentDifference["kind"];
/** What a run was made in, by kind and name. */
type Environment = Record<Kind, Map<string, string>>;

/** What matters most comes first. */
const KINDS = ["scenario", "engine", "max", "buckets", "kernel", "host", "tuning", "sysctl", "rule", "software"] as const satisfies readonly Kind[];
const MAX = "net.netfilter.nf_conntrack_max";
const BUCKETS = "net.netfilter.nf_conntrack_buckets";
/** How a tuning names rules: `nft table inet tuning_notrack`, `iptables-nft, table raw`. */
const TABLE_OF_RULES = /^nft table |^iptables/;
/** Settings of the lab that come with rules. */
const WITH_RULES = ["lab.ruleset", "lab.tracking", "lab.topology"] as const;
/** Compared apart, or no setting at all. */
const NO_SETTING = new Set([MAX, BUCKETS, "net.netfilter.nf_conntrack_count"]);
const GIB = 2 ** 30;

/** All that differs between the environments of two runs, each with what asks for it, if anything does. */
export function environmentDifferences(base: ComparedRun, other: ComparedRun): EnvironmentDifference[] {
  const settings = [settingsOf(base.run.plan), settingsOf(other.run.plan)] as const;
  const [before, after] = [environmentOf(base, settings[0]), environmentOf(other, settings[1])];
  const intendedBy = intentions([base, other], settings);
  return KINDS.flatMap((kind) =>
    [...new Set([...before[kind].keys(), ...after[kind].keys()])].flatMap((what): EnvironmentDifference[] => {
      const [was, is] = [before[kind].get(what) ?? null, after[kind].get(what) ?? null];
      return was === is ? [] : [{ kind, what, base: was, other: is, intendedBy: intendedBy(kind, what) }];
    }),
  );
}

function environmentOf({ run, summary }: ComparedRun, { engine, scenario, table }: Settings): Environment {
  const { environment: host } = run;
  const sysctl = new Map(Object.entries(host.sysctlsBefore).filter(([name]) => !NO_SETTING.has(name)));
  const rule = rulesOf(host.ruleset);
  // What was read of the environment may be from before its tunings.
  for (const { what, to } of changesOf(summary)) {
    if (sysctl.has(what)) sysctl.set(what, to);
    else if (TABLE_OF_RULES.test(what)) for (const [line, there] of rulesOf(what.startsWith("nft") ? to : `${what} {\n${to}\n}`)) rule.set(line, there);
  }
  return {
    scenario,
    engine,
    max: single(MAX, table?.max ?? host.sysctlsBefore[MAX]),
    buckets: single(BUCKETS, table?.buckets ?? host.sysctlsBefore[BUCKETS]),
    kernel: single("kernel", host.kernel),
    host: new Map([
      ["cpu", host.cpu],
      ["cpus", String(host.cpus)],
      // A virtual machine's memory is not the same to the byte at every start.
      ["memory", `${Math.round(host.memoryBytes / GIB)} GiB`],
    ]),
    tuning: new Map((summary.tunings ?? []).map(({ name }) => [name, "on"])),
    sysctl,
    rule,
    software: new Map([
      ["tablefull", host.tablefull],
      ["node", host.node],
      ["privilege", host.privilege],
      ...(host.distribution === null ? [] : ([["distribution", host.distribution]] as const)),
      ...Object.entries(host.versions),
    ]),
  };
}

function single(name: string, value: string | number | undefined): Map<string, string> {
  return value === undefined ? new Map() : new Map([[name, String(value)]]);
}

function changesOf({ tunings = [] }: ComparedRun["summary"]): { what: string; to: string; tuning: string }[] {
  return tunings.flatMap(({ changes, name }) => changes.map(({ what, to }) => ({ what, to, tuning: name })));
}

/** Who asks for a difference: a tuning that names it, or the scenario's own words. */
function intentions(runs: readonly ComparedRun[], settings: readonly [Settings, Settings]): (kind: Kind, what: string) => string | null {
  const changes = runs.flatMap(({ summary }) => changesOf(summary));
  const [before, after] = settings;
  const differs = (of: (one: Settings) => string | undefined): boolean => of(before) !== of(after);
  const tuningOf = (what: string): string | null => changes.find((change) => isPartOf(what, change.what))?.tuning ?? null;
  return (kind, what) => {
    if (kind === "tuning") return what;
    const tuning = tuningOf(what);
    if (tuning !== null) return tuning;
    if ((kind === "max" || kind === "buckets") && differs(({ wanted }) => wanted.get(kind))) return "table:";
    const setting = kind === "rule" ? WITH_RULES.find((path) => differs(({ scenario }) => scenario.get(path))) : undefined;
    return setting === undefined ? null : (tuningOf(setting) ?? setting);
  };
}

/** A key below a path that was changed, or a rule of a table that was loaded. */
function isPartOf(what: string, changed: string): boolean {
  const table = changed.startsWith("iptables-nft") ? "ip raw" : changed.replace(/^nft table /, "");
  return what === changed || [".", "["].some((next) => what.startsWith(changed + next)) || [" ", ":"].some((next) => what.startsWith(table + next) || what.startsWith(changed + next));
}
