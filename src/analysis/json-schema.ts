import { z } from "zod";
import { comparisonSchema } from "./compare/comparison.ts";
import { tuneReportsSchema } from "./compare/series.ts";
import { limitReportSchema } from "./limit-report.ts";
import { summarySchema } from "./summary.ts";

/** The JSON Schema (draft 2020-12) of summary.json, kept as results/summary.schema.json. */
export function summaryJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(summarySchema, { target: "draft-2020-12" });
}

/** The JSON Schema (draft 2020-12) of what `compare --json` prints, kept as results/comparison.schema.json. */
export function comparisonJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(comparisonSchema, { target: "draft-2020-12" });
}

/** The JSON Schema (draft 2020-12) of what `find-limit --json` prints, kept as results/limit.schema.json. */
export function limitJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(limitReportSchema, { target: "draft-2020-12" });
}

/** The JSON Schema (draft 2020-12) of what `tune --json` prints, kept as results/tune.schema.json. */
export function tuneJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(tuneReportsSchema, { target: "draft-2020-12" });
}
