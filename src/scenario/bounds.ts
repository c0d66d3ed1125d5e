/**
 * What a scenario, or a flag that overrides it, may ask for at most. Every loop of a run ends by one of
 * these, however the scenario was written.
 */
export const BOUNDS = {
  phases: 32,
  entryGroups: 16,
  durationMs: 3_600_000,
  timeoutMs: 60_000,
  everyMs: { min: 1, max: 1_000 },
  ratePps: 2_000_000,
  queries: 100_000_000,
  shapePoints: 10_000,
  threads: 16,
  sockets: 1_000_000,
  outstanding: 1_000_000,
  retries: 10,
  tableMax: { min: 64, max: 16_777_216 },
  tableBuckets: { min: 1_024, max: 1_048_576 },
} as const;
