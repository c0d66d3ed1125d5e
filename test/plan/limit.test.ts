import { describe, expect, it } from "vitest";
import { type Criterion, modelLimit } from "../../src/plan/limit.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Machine } from "../../src/plan/plan.ts";
import { readScenario } from "../../src/scenario/load.ts";

const MACHINE: Machine = {
  privileged: true, max: 262_144, buckets: 262_144, hostEntries: 0, ephemeralPorts: { first: 32_768, last: 60_999 }, openFilesHard: 20_000, libc: true,
};
const limitOf = (head: string, phases: string, criterion: Criterion, range = { from: 100, to: 100_000 }) => {
  const loaded = readScenario(`name: x\n${head}\nphases: [${phases}]\n`, "f.yaml");
  return modelLimit((ratePps) => makePlan(loaded, MACHINE, { ratePps }), range, criterion);
};
const EPERM: Criterion = { kind: "eperm" };
const SWEEP = "{ load: { strategy: sweep, rate: 1/s, duration: 500ms } }";

describe("modelLimit", () => {
  it("is where a sweep has as many flows as the table has room", () => {
    const limit = limitOf("table: { max: 4096 }", SWEEP, EPERM);
    expect(limit.known && limit.bracket.passed).toBeCloseTo(2 * 4096, -1);
  });

  it("is above that where some loss is allowed: 78 % of the flows beyond the room are refused", () => {
    const limit = limitOf("table: { max: 4096 }", SWEEP, { kind: "loss", most: 0.1 });
    // (R - 8192) x 0.777 = 0.1 R
    expect(limit.known && limit.bracket.passed).toBeCloseTo((0.7769 * 8192) / (0.7769 - 0.1), -2);
  });

  it("is what the free room of a filled table allows", () => {
    const limit = limitOf("", "{ fill: { occupancy: 99.5% } }, { load: { rate: 1/s, duration: 1s } }", EPERM);
    // 1,311 distinct ports of 28,232 drawn at random.
    expect(limit.known && limit.bracket.passed).toBeCloseTo(-28_232 * Math.log(1 - 1311 / 28_232), -1);
  });

  it("lies outside the range where an end says so", () => {
    expect(limitOf("", SWEEP, EPERM)).toMatchObject({ bracket: { passed: 100_000, failed: null } });
    expect(limitOf("table: { max: 4096 }", SWEEP, EPERM, { from: 10_000, to: 20_000 })).toMatchObject({ bracket: { passed: null, failed: 10_000 } });
    expect(limitOf("table: { buckets: 1024 }", SWEEP, EPERM)).toMatchObject({ known: true, bracket: { passed: expect.closeTo(51_200, -2) as number } });
  });

  it("does not say how many are lost where entries expire during the load, but that there is EPERM", () => {
    const long = "{ fill: { occupancy: 99.5% } }, { load: { rate: 1/s, duration: 10m } }";
    expect(limitOf("", long, { kind: "loss", most: 0.01 })).toEqual({ known: false, unknown: ["how many of these queries are lost"] });
    expect(limitOf("", long, EPERM, { from: 0.1, to: 1000 })).toMatchObject({ known: true, bracket: { failed: expect.any(Number) as number } });
  });

  it.each([
    ["lab: { ruleset: flush ruleset }", SWEEP, ["the scenario's own rules"]],
    ["lab: { topology: gateway }", SWEEP, ["a router"]],
    ["", `{ exec: { command: [dig] } }, ${SWEEP}`, ["the scenario's own programs"]],
  ])("is not known with %s %s", (head, phases, unknown) => {
    expect(limitOf(head, phases, EPERM)).toEqual({ known: false, unknown });
  });
});
