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
    ["name: x\nphases: [{ rest: { duration: 5 } }]"],
    ["name: x\nphases: [{ rest: { duration: 5s }, exec: { command: [a] } }]"],
    ["name: x\nphases: [{}]"],
    ["name: x\nphases: [{ rest: { duration: 5s } }]\nextra: 1"],
  ])("refuses %j", (text) => expect(validate(parse(text))).toBe(false));

  it("describes every key", () => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      const { properties = {}, items } = node as { properties?: Record<string, { description?: string }>; items?: unknown };
      for (const [key, value] of Object.entries(properties)) {
        if (value.description === undefined) undescribed.push(`${path}.${key}`);
        walk(value, `${path}.${key}`);
      }
      walk(items, `${path}[]`);
    };
    walk(scenarioJsonSchema(), "");
    expect(undescribed).toEqual([]);
  });
});
