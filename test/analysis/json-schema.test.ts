import { Ajv2020 } from "ajv/dist/2020.js";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { summaryJsonSchema } from "../../src/analysis/json-schema.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import { openRun } from "../../src/store/read-run.ts";
import { tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";

test("summaries satisfy the published JSON Schema, and it refuses what is none", () => {
  const validate = new Ajv2020().compile(summaryJsonSchema());
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-schema-"));
  for (const story of [tableFullStory(), untrackedStory()]) {
    const { summary } = summarize(openRun(storeRun(root, story)));
    expect(validate(JSON.parse(JSON.stringify(summary)))).toBe(true);
    expect(validate({ ...summary, verdict: { ...summary.verdict, cause: "bad luck" } })).toBe(false);
  }
  fs.rmSync(root, { recursive: true });
});
