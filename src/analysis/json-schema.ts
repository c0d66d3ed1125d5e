import { z } from "zod";
import { summarySchema } from "./summary.ts";

/** The JSON Schema (draft 2020-12) of summary.json, kept as results/summary.schema.json. */
export function summaryJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(summarySchema, { target: "draft-2020-12" });
}
