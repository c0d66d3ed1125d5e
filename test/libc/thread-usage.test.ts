import { expect, it } from "vitest";
import { loadLibc } from "../../src/libc/library.ts";
import { threadUsageReader } from "../../src/libc/thread-usage.ts";
import { FakeLibc } from "./fake-libc.ts";

class Told extends FakeLibc {
  who = -1;

  override getrusage = (who = -1, usage = 0): number => {
    this.who = who;
    const view = this.at(usage);
    for (const [i, value] of [3n, 250_001n, 4n, 7n].entries()) view.setBigInt64(i * 8, value, true);
    return 0;
  };
}

it("reads seconds and microseconds of the calling thread", () => {
  const libc = new Told();
  expect(threadUsageReader(libc)()).toEqual({ userNs: 3_250_001_000, systemNs: 4_000_007_000 });
  expect(libc.who).toBe(1);
});

it("is unknown, not 0, where the kernel refuses", () => {
  expect(threadUsageReader(new FakeLibc())()).toBeNull();
});

// As in library.test.ts: CI must have the C library.
const libc = loadLibc();
it.skipIf(libc === null && process.env["CI"] === undefined)("grows by what this thread works", () => {
  if (libc === null) throw new Error("koffi does not load, and in CI it must");
  const read = threadUsageReader(libc);
  const total = (): number => Object.values(read() ?? {}).reduce((sum, ns) => sum + ns, 0);
  const before = total();
  const untilMs = performance.now() + 20;
  while (performance.now() < untilMs);
  const spentNs = total() - before;
  expect(spentNs).toBeGreaterThan(0);
  expect(spentNs).toBeLessThan(60e9);
});
