import { afterEach, expect, test, vi } from "vitest";
import { SIGNAL } from "../../src/observer/protocol.ts";
import { Rhythm } from "../../src/observer/rhythm.ts";
import type { Sampler } from "../../src/observer/sampler.ts";

afterEach(() => void vi.restoreAllMocks());

/** What happens instead of the next wait running its time: a stall before the sample, or somebody who wakes the thread. */
type Happening = { stallMs: number } | { wokenAtMs: number; signal: number };

/** A rhythm of 10 ms over a clock that only waiting moves, and the times at which samples were taken. */
function beating(happenings: Record<number, Happening> = {}) {
  const told = new Int32Array(new SharedArrayBuffer(8));
  const tookMs: number[] = [];
  let nowMs = 0;
  let waits = 0;
  vi.spyOn(Atomics, "wait").mockImplementation((_array, _index, value, timeoutMs = 0) => {
    if (told[0] !== Number(value)) return "not-equal";
    const happening = happenings[++waits];
    if (happening !== undefined && "signal" in happening) {
      nowMs = happening.wokenAtMs;
      told[0] = happening.signal;
      return "ok";
    }
    nowMs += Math.max(0, timeoutMs) + (happening?.stallMs ?? 0);
    return "timed-out";
  });
  const take = (): number => {
    tookMs.push(nowMs);
    return nowMs * 1e6;
  };
  const spend = (ms: number): number => (nowMs += ms);
  return { spend, rhythm: new Rhythm({ sampler: { take } as Sampler, told, startNs: 0, intervalNs: 10e6 }), told, tookMs };
}

test("a sample each interval, until the time that was given", () => {
  const { rhythm, tookMs } = beating();
  expect(rhythm.keep(30e6)).toBe(SIGNAL.goOn);
  expect(rhythm.keep(45e6)).toBe(SIGNAL.goOn);
  expect(tookMs).toEqual([10, 20, 30, 40, 50]);
});

test("what happened between two calls does not move the schedule", () => {
  const { rhythm, spend, tookMs } = beating();
  rhythm.keep(10e6);
  rhythm.nowNs = spend(3) * 1e6;
  rhythm.keep(30e6);
  expect(tookMs).toEqual([10, 20, 30]);
});

test("samples that were missed are not made up for", () => {
  const { rhythm, tookMs } = beating({ 2: { stallMs: 35 } });
  rhythm.keep(70e6);
  expect(tookMs).toEqual([10, 55, 60, 70]);
});

test("a look is a sample out of turn, after which the schedule goes on", () => {
  const { rhythm, told, tookMs } = beating({ 2: { wokenAtMs: 14, signal: SIGNAL.look } });
  told[1] = 7;
  expect(rhythm.keep(30e6)).toBe(SIGNAL.look);
  expect([tookMs, told[0], rhythm.lookNumber]).toEqual([[10, 14], SIGNAL.goOn, 7]);
  expect(rhythm.keep(30e6)).toBe(SIGNAL.goOn);
  expect(tookMs).toEqual([10, 14, 20, 30]);
});

test("a call that comes after its signal was seen is no look", () => {
  const { rhythm, tookMs } = beating({ 2: { wokenAtMs: 14, signal: SIGNAL.goOn } });
  expect(rhythm.keep(30e6)).toBe(SIGNAL.goOn);
  expect(tookMs).toEqual([10, 14, 20, 30]);
});

test("the end comes without a sample, and stays", () => {
  const { rhythm, told, tookMs } = beating({ 2: { wokenAtMs: 14, signal: SIGNAL.end } });
  expect(rhythm.keep(30e6)).toBe(SIGNAL.end);
  expect(rhythm.keep(30e6)).toBe(SIGNAL.end);
  expect([tookMs, told[0]]).toEqual([[10], SIGNAL.end]);
});
