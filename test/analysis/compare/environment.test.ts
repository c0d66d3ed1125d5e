import { describe, expect, test } from "vitest";
import { decisive, groupDoubts } from "../../../src/analysis/compare/comparable.ts";
import type { ComparedSummary } from "../../../src/analysis/compare/compared-run.ts";
import { environmentDifferences } from "../../../src/analysis/compare/environment.ts";
import { rulesOf } from "../../../src/analysis/compare/rules.ts";
import type { RunRecord } from "../../../src/store/records.ts";
import { aComparedRun, aGroup } from "../../fixtures/compared-runs.ts";

type Environment = RunRecord["environment"];
const made = (environment: Partial<Environment>) => (record: RunRecord): RunRecord => ({ ...record, environment: { ...record.environment, ...environment } });
const planned = (change: (plan: Record<string, never>) => object) => (record: RunRecord): RunRecord => ({ ...record, plan: change(structuredClone(record.plan) as Record<string, never>) });
const base = aComparedRun("base");
const against = (...changes: ((record: RunRecord) => RunRecord)[]) =>
  environmentDifferences(base, aComparedRun("other", {}, (record) => changes.reduce((changed, change) => change(changed), record)));
const tuned = (name: string, ...changes: [string, string | null, string][]): Partial<ComparedSummary> => ({
  tunings: [{ name, changes: changes.map(([what, from, to]) => ({ what, from, to })) }],
});

test("a run has everything in common with itself", () => {
  expect(environmentDifferences(base, aComparedRun("other"))).toEqual([]);
});

describe("what differs", () => {
  test("every sysctl, but not how many entries there were", () => {
    const { sysctlsBefore } = base.run.environment;
    const differences = against(made({ sysctlsBefore: { ...sysctlsBefore, "net.netfilter.nf_conntrack_udp_timeout": "60", "net.netfilter.nf_conntrack_count": "99", "net.netfilter.nf_conntrack_new": "1" } }));
    expect(differences).toEqual([
      { kind: "sysctl", what: "net.netfilter.nf_conntrack_udp_timeout", base: "30", other: "60", intendedBy: null },
      { kind: "sysctl", what: "net.netfilter.nf_conntrack_new", base: null, other: "1", intendedBy: null },
    ]);
    expect(decisive(differences)).toEqual([]);
  });

  test("every rule, but not what its counter counted", () => {
    const ruleset = `${base.run.environment.ruleset?.replaceAll("packets 0 bytes 0", "packets 7 bytes 99")}table ip nat {\n\tchain post {\n\t\tmasquerade\n\t}\n}\n`;
    expect(against(made({ ruleset }))).toEqual([{ kind: "rule", what: "ip nat post: masquerade", base: null, other: "there", intendedBy: null }]);
  });

  test.each<[string, (record: RunRecord) => RunRecord, string]>([
    ["kernel", made({ kernel: "6.1.0" }), "kernel is 6.18.0 and 6.1.0"],
    ["host", made({ cpus: 8 }), "cpus is 2 and 8"],
    ["max", planned((plan) => ({ ...plan, table: { max: 524_288, buckets: 262_144 } })), "net.netfilter.nf_conntrack_max is 262144 and 524288"],
    ["buckets", planned((plan) => ({ ...plan, table: { max: 262_144, buckets: 65_536 } })), "net.netfilter.nf_conntrack_buckets is 262144 and 65536"],
    ["engine", planned((plan) => ({ ...plan, phases: [{ kind: "load", engine: "libc" }, { kind: "load", engine: "dgram" }] })), "phases[0].engine is not set and libc"],
    ["scenario", planned((plan) => ({ ...plan, scenario: { ...(plan["scenario"] as unknown as object), phases: [{ kind: "load", ratePps: 5 }] } })), "phases[0].kind is not set and load"],
  ])("another %s decides", (kind, change, text) => {
    const differences = against(change);
    expect(differences.map((one) => one.kind)).toContain(kind);
    expect(decisive(differences)).toContain(text);
  });

  test("two scenarios are one difference, whatever they say", () => {
    const differences = against(planned((plan) => ({ ...plan, scenario: { name: "another", phases: [{ kind: "load", ratePps: 5 }] }, table: { max: 4096, buckets: 262_144 }, phases: [{ kind: "load", engine: "libc" }] })));
    expect(differences.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["scenario", "engine", "max"]));
    expect(decisive(differences)).toEqual(["they are different scenarios, kernel-defaults and another"]);
  });

  test("other software is told, and decides nothing", () => {
    const differences = against(made({ node: "22.0.0", privilege: "root", versions: { nft: "1.1" } }));
    expect(differences.map(({ kind, what }) => [kind, what])).toEqual([["software", "node"], ["software", "privilege"], ["software", "nft"]]);
    expect(decisive(differences)).toEqual([]);
  });
});

describe("what is intended", () => {
  test("what a tuning names, read back or not", () => {
    const summary = tuned("short-udp-timeouts", ["net.netfilter.nf_conntrack_udp_timeout", "30", "10"], ["nft table inet tuning_x", null, "table inet tuning_x {\n\tct timeout dns {\n\t\tprotocol udp\n\t}\n}"], ["iptables-legacy, table raw", null, "-A OUTPUT -j CT --notrack"]);
    expect(environmentDifferences(base, aComparedRun("other", summary))).toEqual([
      { kind: "tuning", what: "short-udp-timeouts", base: null, other: "on", intendedBy: "short-udp-timeouts" },
      { kind: "sysctl", what: "net.netfilter.nf_conntrack_udp_timeout", base: "30", other: "10", intendedBy: "short-udp-timeouts" },
      { kind: "rule", what: "inet tuning_x ct timeout dns: protocol udp", base: null, other: "there", intendedBy: "short-udp-timeouts" },
      { kind: "rule", what: "iptables-legacy, table raw: -A OUTPUT -j CT --notrack", base: null, other: "there", intendedBy: "short-udp-timeouts" },
    ]);
  });

  test("rules that were read already are not told twice", () => {
    const table = "table inet tuning_x {\n\tchain output {\n\t\tnotrack\n\t}\n}\n";
    const summary = tuned("notrack", ["nft table inet tuning_x", null, table]);
    const differences = environmentDifferences(base, aComparedRun("other", summary, made({ ruleset: `${base.run.environment.ruleset}${table}` })));
    expect(differences.filter(({ kind }) => kind === "rule")).toEqual([{ kind: "rule", what: "inet tuning_x output: notrack", base: null, other: "there", intendedBy: "notrack" }]);
  });

  test("rules that go with a setting of the lab", () => {
    const untracked = planned((plan) => {
      const scenario = plan["scenario"] as unknown as { lab: object };
      return { ...plan, scenario: { ...scenario, lab: { ...scenario.lab, tracking: false } } };
    });
    const differences = environmentDifferences(base, aComparedRun("other", tuned("no-state-rule", ["lab.tracking", "true", "false"]), (record) => made({ ruleset: "" })(untracked(record))));
    expect(differences.map(({ intendedBy }) => intendedBy)).toEqual(["no-state-rule", "no-state-rule", "no-state-rule", "no-state-rule"]);
    expect(against(untracked, made({ ruleset: "" })).map(({ intendedBy }) => intendedBy)).toEqual([null, "lab.tracking", "lab.tracking"]);
  });

  test("a bigger table, whoever asks for it", () => {
    const bigger = planned((plan) => ({ ...plan, table: { max: 524_288, buckets: 262_144 } }));
    const byTuning = environmentDifferences(base, aComparedRun("other", tuned("bigger-table", ["net.netfilter.nf_conntrack_max", "262144", "524288"]), bigger));
    expect(byTuning.find(({ kind }) => kind === "max")).toMatchObject({ base: "262144", other: "524288", intendedBy: "bigger-table" });
    expect(decisive(byTuning)).toEqual([]);
    const byScenario = against(bigger, planned((plan) => ({ ...plan, scenario: { ...(plan["scenario"] as unknown as object), table: { max: 524_288, buckets: null } } })));
    expect(byScenario).toEqual([{ kind: "max", what: "net.netfilter.nf_conntrack_max", base: "262144", other: "524288", intendedBy: "table:" }]);
  });

  test("what a tuning changes of the load, and all below it", () => {
    const pooled = planned((plan) => ({ ...plan, scenario: { ...(plan["scenario"] as unknown as object), phases: [{ kind: "load", retry: { times: 3 } }] } }));
    const [first] = environmentDifferences(aComparedRun("base", {}, planned((plan) => ({ ...plan, scenario: { ...(plan["scenario"] as unknown as object), phases: [{ kind: "load" }] } }))), aComparedRun("other", tuned("retry-on-eperm", ["phases[0].retry", null, "3 times"]), pooled));
    expect(first).toEqual({ kind: "scenario", what: "phases[0].retry.times", base: null, other: "3", intendedBy: "retry-on-eperm" });
  });
});

describe("the runs of a group", () => {
  test("stand for one another where they were made alike and came to an end", () => {
    expect(groupDoubts(aGroup("base", 3))).toEqual([]);
  });

  test("do not where one differs, did not finish, or contradicts itself", () => {
    const [one, two] = aGroup("base", 2).runs;
    if (one === undefined || two === undefined) throw new Error("two runs");
    const runs = [
      one,
      aComparedRun("b", tuned("notrack")),
      aComparedRun("c", {}, made({ kernel: "6.1.0" })),
      aComparedRun("d", { run: { id: "d", scenario: "x", state: "running" } }),
      aComparedRun("e", { verdict: { cause: "table-full", doubtful: true } }),
    ];
    expect(groupDoubts({ name: "base", runs })).toEqual([
      "the runs of base differ: notrack is not set and on",
      "the runs of base differ: kernel is 6.18.0 and 6.1.0",
      "d of base did not finish (killed)",
      "the books of e of base do not balance",
    ]);
  });
});

test("rulesOf names the blocks a rule stands in, and rules that stand there twice", () => {
  const text = "table inet f {\n\tset s {\n\t\telements = { 1, 2 }\n\t}\n\n\tchain o {\n\t\tdrop\n\t\tdrop\n\t}\n}\n";
  expect([...rulesOf(text)]).toEqual([["inet f set s: elements = { 1, 2 }", "there"], ["inet f o: drop", "2 times"]]);
  expect([...rulesOf(null)]).toEqual([]);
});
