import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { comparisonJsonSchema, limitJsonSchema, summaryJsonSchema, tuneJsonSchema } from "../src/analysis/json-schema.ts";
import { scenarioJsonSchema } from "../src/scenario/json-schema.ts";

const inRepo = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

// `strictTypes` off: a unit such as `duration` is a number or a string by design.
const ajv = () => new Ajv2020({ allErrors: true, strict: true, strictTypes: false });

const published = [
  { file: "scenarios/scenario.schema.json", schemaOf: scenarioJsonSchema },
  { file: "results/summary.schema.json", schemaOf: summaryJsonSchema, tuneJsonSchema },
  { file: "results/comparison.schema.json", schemaOf: comparisonJsonSchema },
  { file: "results/limit.schema.json", schemaOf: limitJsonSchema },
  { file: "results/tune.schema.json", schemaOf: tuneJsonSchema },
];

describe.each(published)("$file", ({ file, schemaOf }) => {
  test("is what the code gives (npm run schemas writes it)", async () => {
    await expect(`${JSON.stringify(schemaOf(), null, 2)}\n`).toMatchFileSnapshot(inRepo(file));
  });

  test("is a JSON Schema of draft 2020-12", () => {
    expect(schemaOf()).toHaveProperty("$schema", "https://json-schema.org/draft/2020-12/schema");
    expect(() => ajv().compile(schemaOf() as AnySchema)).not.toThrow();
  });
});

describe("scenarios", () => {
  const folder = inRepo("scenarios");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".yaml")) : [];

  test("there are some", () => expect(files).not.toEqual([]));

  test.each(files)("%s is valid against the schema", (name) => {
    const validate = ajv().compile(scenarioJsonSchema() as AnySchema);
    validate(parse(readFileSync(`${folder}/${name}`, "utf8")));
    expect(validate.errors ?? []).toEqual([]);
  });
});
