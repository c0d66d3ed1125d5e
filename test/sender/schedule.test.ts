import { expect, it } from "vitest";
import { scheduleOf } from "../../src/sender/schedule.ts";

const job = { ratePps: 1000, shape: null, durationMs: 5000, queries: null, catchUpMs: 100, thread: 0, threads: 1 } as const;

it.each([
  { given: {}, limit: Infinity, endNs: 5e9, catchUpNs: 100e6, paced: true },
  { given: { queries: 70 }, limit: 70, endNs: 5e9, catchUpNs: 100e6, paced: true },
  { given: { durationMs: null, queries: 6000 }, limit: 6000, endNs: Infinity, catchUpNs: 100e6, paced: true },
  { given: { ratePps: null, catchUpMs: 1 }, limit: Infinity, endNs: 5e9, catchUpNs: 1e6, paced: false },
])("$given ends after $limit queries or at $endNs ns", ({ given, paced, ...expected }) => {
  const { pacer, ...ends } = scheduleOf({ ...job, ...given });
  expect(ends).toEqual(expected);
  expect(pacer !== null).toBe(paced);
});
