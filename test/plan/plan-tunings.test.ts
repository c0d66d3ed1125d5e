import { describe, expect, it } from "vitest";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Overrides } from "../../src/plan/overrides.ts";
import type { Machine, Plan } from "../../src/plan/plan.ts";
import { predict } from "../../src/plan/prediction.ts";
import { renderPlan } from "../../src/report/plan.ts";
import { readScenario } from "../../src/scenario/load.ts";

const MACHINE: Machine = {
  privileged: true, max: 262_144, buckets: 262_144, hostEntries: 0, ephemeralPorts: { first: 32_768, last: 60_999 }, openFilesHard: 20_000, libc: true,
};
const FILL = "fill: { occupancy: 99.5% }";
const LOAD = "load: { rate: 2000/s, duration: 5s }";
const plan = (tunings: string, { head = "", phases = [FILL, LOAD], machine = MACHINE, overrides = {} as Overrides } = {}): Plan =>
  makePlan(readScenario(`name: x\n${head}\ntunings: [${tunings}]\nphases:\n${phases.map((phase) => `  - ${phase}\n`).join("")}`, "f.yaml"), machine, overrides);

describe("a plan with a bigger table", () => {
  it.each([
    ["", {}, { max: 262_144, buckets: 262_144 }, { max: null, buckets: null }],
    ["bigger-table", {}, { max: 1_048_576, buckets: 262_144 }, { max: 1_048_576, buckets: null }],
    ["bigger-hash", {}, { max: 262_144, buckets: 1_048_576 }, { max: null, buckets: 1_048_576 }],
    ["bigger-table-and-hash", {}, { max: 1_048_576, buckets: 1_048_576 }, { max: 1_048_576, buckets: 1_048_576 }],
    ["bigger-table", { head: "table: { max: 4096, buckets: 2048 }" }, { max: 16_384, buckets: 2_048 }, { max: 16_384, buckets: 2_048 }],
  ])("%s %j", (tunings, given, table, hostValues) => {
    const { scenario, ...planned } = plan(tunings, given);
    expect(planned).toMatchObject({ table, hostValues });
    expect(scenario.table).toEqual("head" in given ? { max: 4_096, buckets: 2_048 } : { max: null, buckets: null });
  });

  it("has the same fill: a bigger table must meet the same load", () => {
    expect(plan("bigger-table").phases[0]).toMatchObject({ entries: 260_833 });
    expect(predict(plan("bigger-table")).cause).toBe("healthy");
  });

  it("says what it changes", () => {
    expect(plan("bigger-table-and-hash").tunings).toEqual([{
      name: "bigger-table-and-hash",
      changes: [{ what: "net.netfilter.nf_conntrack_max", from: "262144", to: "1048576" }, { what: "net.netfilter.nf_conntrack_buckets", from: "262144", to: "1048576" }],
    }]);
    expect(renderPlan(plan("bigger-table"), predict(plan("bigger-table")))).toContain("tunings    bigger-table (net.netfilter.nf_conntrack_max x 4");
  });

  it("needs root, and room to grow", () => {
    expect(() => plan("bigger-table-and-hash", { machine: { ...MACHINE, privileged: false } })).toThrow(
      /^f\.yaml:3:11: tunings\[0\]: bigger-table-and-hash sets a value of the whole host, and that needs root; run with sudo, or remove bigger-table-and-hash$/,
    );
    expect(() => plan("bigger-hash", { machine: { ...MACHINE, buckets: 1_048_576 } })).toThrow("bigger-hash changes nothing here: nf_conntrack_buckets is 1048576 already, and 1048576 is the most; remove it");
  });
});

describe("tunings of the command line", () => {
  it("stand in place of the file's, and what the file expects no longer counts", () => {
    const { scenario } = plan("bigger-table", { head: "expect: table-full", overrides: { tunings: ["notrack"] } });
    expect(scenario).toMatchObject({ tunings: ["notrack"], expect: null });
    expect(plan("notrack", { head: "expect: untracked" }).scenario.expect).toBe("untracked");
  });

  it("are named where they are wrong", () => {
    expect(() => plan("", { overrides: { tunings: ["notrack", "notrack"] } })).toThrow("--tuning: notrack is named twice; write it once");
    expect(() => plan("notrack, notrack")).toThrow("f.yaml:3:20: tunings[1]: notrack is named twice; write it once");
  });
});

describe("prediction with tunings", () => {
  const TIME_WAIT = "fill: { occupancy: 99.5%, state: time-wait }";
  it.each([
    ["", {}, "table-full", [260_833, 262_144]],
    ["notrack", {}, "untracked", [0, 0]],
    ["notrack-iptables", {}, "untracked", [0, 0]],
    ["no-state-rule", {}, "untracked", [0, 0]],
    ["no-state-rule", { phases: [TIME_WAIT, LOAD] }, "untracked", [0, 0]],
    ["no-state-rule, tcp-per-query", {}, "untracked", [0, 0]],
    ["no-state-rule, tcp-persistent", {}, "untracked", [0, 0]],
    ["notrack", { phases: [TIME_WAIT, LOAD] }, "healthy", [260_833, 260_833]],
    ["notrack-one-way", {}, "early-drop-masked", [260_833, 262_144]],
    ["notrack-one-way", { phases: [TIME_WAIT, LOAD] }, "elsewhere", [260_833, 262_144]],
    ["notrack-one-way", { head: "lab: { resolver: silent }", phases: [LOAD] }, "healthy", [0]],
    ["socket-reuse", {}, "healthy", [260_833, 260_933]],
    ["tcp-persistent", {}, "healthy", [260_833, 260_833]],
    ["tcp-per-query", {}, "table-full", [260_833, 262_144]],
    ["notrack, tcp-per-query", { phases: [LOAD] }, "healthy", [10_000]],
    ["bigger-table-and-hash", {}, "healthy", [260_833, 269_254]],
    ["short-udp-timeouts", { phases: [FILL, "rest: { duration: 15s }", LOAD] }, "healthy", [260_833, 0, 8_421]],
    ["timeout-policy", { phases: [FILL, "rest: { duration: 15s }"] }, "inconclusive", [260_833, 0]],
    ["short-tcp-timeouts", { phases: [TIME_WAIT, "rest: { duration: 15s }", LOAD] }, "healthy", [260_833, 0, 8_421]],
    ["short-tcp-timeouts", { phases: [FILL, "rest: { duration: 15s }", LOAD] }, "table-full", [260_833, 260_833, 262_144]],
  ])("%s %j", (tunings, given, cause, entries) => {
    const prediction = predict(plan(tunings, given));
    expect(prediction.cause).toBe(cause);
    expect(prediction.phases.map((phase) => Math.round(phase.entries ?? NaN))).toEqual(entries);
  });

  it("of a long load keeps to what lives at once: rate x timeout", () => {
    const sweep = "load: { strategy: sweep, rate: 20k/s, duration: 1m }";
    expect(predict(plan("", { phases: [sweep] })).phases[0]).toMatchObject({ entries: 262_144, eperm: null });
    expect(predict(plan("short-udp-timeouts", { phases: [sweep] }))).toMatchObject({ cause: "healthy", phases: [{ entries: 150_000, epermShare: null }] });
  });

  it("counts the refusals of retries, each on another tuple; for a pool, which tries the same again, they are unknown", () => {
    const once = predict(plan("")).phases[1];
    const again = predict(plan("retry-on-eperm"));
    const refused = (1 - (262_144 - 260_833) / 28_232) * (once?.epermShare ?? 0);
    expect(again.cause).toBe("table-full");
    expect(again.phases[1]?.eperm).toBeCloseTo((once?.eperm ?? 0) * (1 + refused + refused ** 2 + refused ** 3), 6);
    const full = ["fill: { occupancy: 100% }", "load: { strategy: pool, rate: 100/s, duration: 1s }"];
    expect(predict(plan("retry-on-eperm", { phases: full })).phases[1]?.eperm).toBeNull();
  });

  it("says that answers are lost where only they are tracked", () => {
    const { phases } = predict(plan("notrack-one-way", { phases: [TIME_WAIT, LOAD] }));
    expect(phases[1]).toMatchObject({ epermShare: null, eperm: 0 });
    expect(phases[1]?.lostShare).toBeCloseTo(0.923, 3);
  });
});
