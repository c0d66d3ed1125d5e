import { hrtime } from "node:process";
import { expect, it } from "vitest";
import { loadLibc } from "../../src/libc/library.ts";
import { TickClock } from "../../src/libc/tick-clock.ts";
import { FakeLibc } from "./fake-libc.ts";

class Told extends FakeLibc {
  readonly asked: number[] = [];

  override clock_gettime = (clock = 0, at = 0): number => this.#tell(clock, at, 7n, 999_999_999n);
  override clock_getres = (clock = 0, at = 0): number => this.#tell(clock, at, 0n, 4_000_000n);

  #tell(clock: number, at: number, seconds: bigint, nanoseconds: bigint): number {
    this.asked.push(clock);
    this.at(at).setBigInt64(0, seconds, true);
    this.at(at).setBigInt64(8, nanoseconds, true);
    return 0;
  }
}

it("reads seconds and nanoseconds of CLOCK_MONOTONIC_COARSE, and how long a tick is", () => {
  const libc = new Told();
  const clock = new TickClock(libc);
  expect(clock.tickNs).toBe(4_000_000);
  expect(clock.nowNs()).toBe(7_999_999_999);
  expect(libc.asked).toEqual([6, 6]);
});

// As in library.test.ts: CI must have the C library.
const libc = loadLibc();
it.skipIf(libc === null && process.env["CI"] === undefined)("is CLOCK_MONOTONIC, never ahead of it, in steps", () => {
  if (libc === null) throw new Error("koffi does not load, and in CI it must");
  const clock = new TickClock(libc);
  const first = clock.nowNs();
  for (let i = 0; i < 1000; i++) {
    const readNs = clock.nowNs();
    expect(readNs).toBeGreaterThanOrEqual(first);
    expect(readNs).toBeLessThanOrEqual(Number(hrtime.bigint()));
  }
  expect(clock.tickNs).toBeGreaterThanOrEqual(1e6);
  expect(clock.tickNs).toBeLessThanOrEqual(10e6);
});
