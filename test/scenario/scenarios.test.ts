import { readdirSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderPlan } from "../../src/report/plan.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Machine } from "../../src/plan/plan.ts";
import { predict } from "../../src/plan/prediction.ts";
import { scenarioJsonSchema } from "../../src/scenario/json-schema.ts";
import { loadScenario } from "../../src/scenario/load.ts";

const FOLDER = new URL("../../scenarios/", import.meta.url).pathname;
const MACHINE: Machine = {
  privileged: true, max: 262_144, buckets: 262_144, hostEntries: 5, ephemeralPorts: { first: 32_768, last: 60_999 }, openFilesHard: 20_000, libc: true,
};
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
const validate = new Ajv2020({ strict: false }).compile(scenarioJsonSchema());

describe.each(files)("%s", (file) => {
  const loaded = loadScenario(FOLDER + file);

  it("is named like its file and points editors to the schema", () => {
    expect(`${loaded.scenario.name}.yaml`).toBe(file);
    expect(loaded.text.split("\n")[0]).toBe("# yaml-language-server: $schema=./scenario.schema.json");
  });

  it("can be planned, and the model predicts what it expects or leaves it open", () => {
    const plan = makePlan(loaded, MACHINE);
    expect([loaded.scenario.expect, null]).toContain(predict(plan).cause);
    expect(renderPlan(plan, predict(plan))).toMatchSnapshot();
  });
});

it("needs root only where host-wide values are set", () => {
  const withoutRoot = files.filter((file) => {
    try {
      return makePlan(loadScenario(FOLDER + file), { ...MACHINE, privileged: false });
    } catch {
      return false;
    }
  });
  expect(withoutRoot).toEqual(files.filter((file) => file !== "small-table.yaml" && file !== "chain-too-long.yaml"));
});

describe("the JSON Schema", () => {
  it.each([
    ["name: x\nphases: [{ load: { rate: 5/s } }]"],
    ["name: x\nphases: [{ load: { rate: { burst: { base: 1/s, peak: 5/s, every: 2s, for: 1s } } } }]"],
    ["name: x\nphases: [{ load: { rate: { ramp: { from: 0/s, to: 5/s } } } }]"],
    ["name: x\nphases: [{ load: { rate: { steps: [{ rate: 5/s, for: 5s }], poisson: { rate: 5/s } } } }]"],
    ["name: x\nphases: [{ rest: { duration: 5 } }]"],
    ["name: x\nphases: [{ rest: { duration: 5s }, exec: { command: [a] } }]"],
    ["name: x\nphases: [{}]"],
    ["name: x\nphases: [{ rest: { duration: 5s } }]\nextra: 1"],
  ])("refuses %j", (text) => expect(validate(parse(text))).toBe(false));

  it.each([
    ["{ ramp: { from: 0/s, to: 20k/s, over: 10s, curve: linear } }"],
    ["{ steps: [{ rate: 5/s, for: 5s }, { rate: 0/s, for: 1s }] }"],
    ["{ replay: traffic.csv }"],
    ["{ replay: [[0s, 5/s], [10s, 50/s]] }"],
    ["{ poisson: { rate: 5/s, seed: 7 } }, duration: 5s"],
    ["{ on-off: { rate: 5/s, on: 2s, off: 1s } }, queries: 5"],
  ])("allows rate: %s", (rate) => {
    expect(validate(parse(`name: x\nphases: [{ load: { rate: ${rate} } }]`))).toBe(true);
  });

  it("describes every key", () => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      const { properties = {}, items, anyOf = [] } = node as { properties?: Record<string, { description?: string }>; items?: unknown; anyOf?: unknown[] };
      for (const [key, value] of Object.entries(properties)) {
        if (value.description === undefined) undescribed.push(`${path}.${key}`);
        walk(value, `${path}.${key}`);
      }
      walk(items, `${path}[]`);
      // Those of `load` say which keys belong together, not what they are.
      if (!path.endsWith(".load")) anyOf.forEach((form) => walk(form, path));
    };
    walk(scenarioJsonSchema(), "");
    expect(undescribed).toEqual([]);
  });
});
