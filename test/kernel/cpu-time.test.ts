import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuTimeBetween, parseCpuReading, parseHostCpuTime, usageBetween } from "../../src/kernel/cpu-time.ts";

const stat = (utime: number, stime: number, name = "node"): string =>
  `2850 (${name}) R 2849 2850 30043 0 -1 4194304 117 0 0 0 ${utime} ${stime} 0 0 20 0 11 0 1153761 3133440 360 18446744073709551615 0 0\n`;

describe("parseCpuReading", () => {
  test.each(["node", "a name) R 1 2 (3", "tmux: server"])("reads a thread called %s", (name) => {
    expect(parseCpuReading(stat(12, 34, name), "1005704 0 2\n")).toEqual({ userTicks: 12, systemTicks: 34, onCpuNs: 1_005_704 });
  });

  test("a kernel without schedstat leaves the nanoseconds unknown", () => {
    expect(parseCpuReading(stat(12, 34), null)).toEqual({ userTicks: 12, systemTicks: 34, onCpuNs: null });
  });

  test.each(["", "node", "1 (node) R 2 3"])("%j is no stat", (text) => {
    expect(parseCpuReading(text, "1 0 2")).toBeNull();
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (one, other) => void parseCpuReading(one, other)));
  });
});

describe("cpuTimeBetween", () => {
  const reading = (userTicks: number, systemTicks: number, onCpuNs: number | null) => ({ userTicks, systemTicks, onCpuNs });

  test("divides the nanoseconds as the ticks are divided", () => {
    expect(cpuTimeBetween(reading(10, 10, 200e6), reading(20, 40, 610e6))).toEqual({ userNs: 102.5e6, systemNs: 307.5e6 });
  });

  test("without nanoseconds the ticks must do", () => {
    expect(cpuTimeBetween(reading(1, 1, null), reading(2, 4, 5))).toEqual({ userNs: 10e6, systemNs: 30e6 });
  });

  test("less than a tick cannot be divided: unknown, not 0", () => {
    expect(cpuTimeBetween(reading(1, 1, 100), reading(1, 1, 9000))).toBeNull();
  });
});

test("usageBetween is exact, and null for less than a tick", () => {
  const before = { userNs: 5_000_000, systemNs: 1_000 };
  expect(usageBetween(before, { userNs: 9_000_000, systemNs: 6_001_000 })).toEqual({ userNs: 4_000_000, systemNs: 6_000_000 });
  expect(usageBetween(before, { userNs: 9_000_000, systemNs: 6_000_000 })).toBeNull();
});

test("parseHostCpuTime reads the line of all CPUs", () => {
  const text = "cpu  312574 0 269428 1678232 4788 0 22749 2812 0 0\ncpu0 150236 0 128732 852775 633 0 11349 1358 0 0\nintr 7\n";
  expect(parseHostCpuTime(text)).toEqual({ systemNs: 269_428e7, softirqNs: 22_749e7 });
  expect(parseHostCpuTime("")).toBeNull();
  expect(parseHostCpuTime("cpu  1 2 3\n")).toBeNull();
});
