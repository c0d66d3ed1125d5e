import { z } from "zod";
import { fileSchema } from "./schema.ts";

/** The JSON Schema (draft 2020-12) of a scenario file as it is typed; published as scenarios/scenario.schema.json. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(fileSchema, { io: "input", target: "draft-2020-12" }) };
}
