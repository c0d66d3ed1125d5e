import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { errnoOf, UserError } from "../errors.ts";
import { claimRunDirectory, replaceFile } from "./run-directory.ts";
import { SERIES_FILE } from "./run-files.ts";

/** The variant of a series that nothing is changed in. */
export const BASELINE = "baseline";

/** series.json: runs of one scenario with and without tunings, in a directory that holds them all. Written anew after each run. */
const seriesRecord = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  startedAt: z.string(),
  scenarioFile: z.string(),
  /** As it was when the series began: what goes on later goes on with the same story. */
  scenarioText: z.string(),
  /** What the command line put in place of the scenario's own load. */
  overrides: z.record(z.string(), z.unknown()),
  tunings: z.array(z.string()),
  rounds: z.number().int().positive(),
  /** Of the order of the runs. */
  seed: z.number().int(),
  /** What is finished, in the order it was done; `directory` is relative to the series. */
  runs: z.array(z.object({ round: z.number().int(), name: z.string(), directory: z.string() })),
  /** Variants that could not be carried out; they are not tried again. */
  refused: z.array(z.object({ name: z.string(), why: z.string() })),
});
export type SeriesRecord = z.infer<typeof seriesRecord>;

/** Makes `<root>/<UTC>-tune-<scenario>-<4 hex>/` with a record that has no run yet. Throws UserError where that cannot be written. */
export function createSeries(
  { root, scenario, startedAt }: { root: string; scenario: string; startedAt: Date },
  rest: Pick<SeriesRecord, "scenarioFile" | "scenarioText" | "overrides" | "tunings" | "rounds" | "seed">,
): { directory: string; series: SeriesRecord } {
  const { id, directory } = claimRunDirectory({ root, scenario: `tune-${scenario}`, startedAt });
  const series: SeriesRecord = { schemaVersion: 1, id, startedAt: startedAt.toISOString(), ...rest, runs: [], refused: [] };
  storeSeries(directory, series);
  return { directory, series };
}

/** Replaces series.json by rename. */
export function storeSeries(directory: string, series: SeriesRecord): void {
  replaceFile(directory, SERIES_FILE, series);
}

/** Reads series.json of a directory. Throws UserError when there is none, or it is none of this version. */
export function openSeries(directory: string): SeriesRecord {
  const file = path.join(directory, SERIES_FILE);
  try {
    return seriesRecord.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") throw new UserError(`${directory} is not a series of runs: it has no ${SERIES_FILE}; name a directory that \`tablefull tune\` made`);
    if (code === "EACCES") throw new UserError(`${file}: may not be read by this user`);
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw new UserError(`${file}: is damaged, or was written by another version`);
    throw error;
  }
}
