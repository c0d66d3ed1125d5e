import fc from "fast-check";
import { expect, it } from "vitest";
import { parseReplay } from "../../src/scenario/replay.ts";

it("reads back what was written, with times from the first point on", () => {
  const point = fc.record({ gapMs: fc.nat(30_000), ratePps: fc.integer({ min: 1, max: 2_000_000 }) });
  fc.assert(fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), fc.nat(1_700_000_000), (gaps, startS) => {
    let atMs = 0;
    const points = [{ atMs: 0, ratePps: 7 }, ...gaps.map(({ gapMs, ratePps }) => ({ atMs: (atMs += gapMs + 1), ratePps }))];
    const text = points.map((of) => `${startS + of.atMs / 1000},${of.ratePps}\n`).join("");
    const read = parseReplay(text);
    if ("problem" in read) throw new Error(read.problem.message);
    read.points.forEach((of, i) => {
      expect(of.atMs).toBeCloseTo(points[i]?.atMs ?? Number.NaN, 2);
      expect(of.ratePps).toBe(points[i]?.ratePps);
    });
  }));
});

it.each([
  ["", 1, "has fewer than two points; write at least a first and a last one"],
  ["0,1\n", 2, "has fewer than two points; write at least a first and a last one"],
  ["0,1\n2", 2, "is not a time and a rate; write seconds and queries per second, for example 12.5,2000"],
  ["seconds,rate\nseconds,rate\n0,1\n1,x\n", 4, "is not a time and a rate; write seconds and queries per second, for example 12.5,2000"],
  ["0,1\n-1,1\n", 2, "is not a time and a rate; write seconds and queries per second, for example 12.5,2000"],
  ["0,1\n1,2000001\n", 2, "2000001 is more than 2000000 queries per second; write a lower rate"],
  ["5,1\n\n9,1\n8,1\n", 4, "is earlier than the point before it; put the points in order"],
  ["0,1\n3601,1\n", 2, "is more than 1h after the first point; leave it out"],
  ["7,1\n7,2\n", 3, "lasts no time; write a last point that is later than the first"],
  ["0,0\n7,0\n", 3, "never sends anything; write a rate above 0/s"],
  [Array.from({ length: 10_001 }, (_, i) => `${i / 10},5`).join("\n"), 10_001, "is beyond the 10000 points that a replay may have; leave some out"],
])("%#", (text, line, message) => expect(parseReplay(text)).toEqual({ problem: { line, message } }));
