import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { onlyOf, openKernelLog } from "../../src/observer/kernel-log.ts";
import { readPastKernelLog } from "../../src/observer/past-kernel-log.ts";

afterEach(() => void vi.restoreAllMocks());

test("a log that is not there stays silent and says why", () => {
  const log = openKernelLog({ path: path.join(os.tmpdir(), "tablefull-no-such-directory", "kmsg") });
  expect(log.state).toBe("not readable (ENOENT)");
  expect(log.read()).toEqual([]);
  expect(() => log.close()).not.toThrow();
});

/** Acts as /dev/kmsg: a record a read, EAGAIN when there is none, EPIPE once where "lost" stands. */
function deviceOf(records: string[]): void {
  vi.spyOn(fs, "openSync").mockReturnValue(99);
  vi.spyOn(fs, "closeSync").mockReturnValue();
  const read = (_fd: number, buffer: Buffer): number => {
    const record = records.shift();
    if (record === undefined || record === "lost") throw Object.assign(new Error(), { errno: -os.constants.errno[record === undefined ? "EAGAIN" : "EPIPE"] });
    return buffer.write(record, "utf8");
  };
  vi.spyOn(fs, "readSync").mockImplementation(read as typeof fs.readSync);
}

const full = (us: number): string => `4,1,${us},-;nf_conntrack: table full, dropping packet\n`;

test("what the log held before is skipped; what comes is told once, across lost records", () => {
  const records = [full(1), "lost", full(2)];
  deviceOf(records);
  const log = openKernelLog();
  expect(log.state).toBe("readable");
  expect(records).toEqual([]);
  expect(log.read()).toEqual([]);
  records.push("6,3,3,-;eth0: link up\n", full(4), "lost", full(5));
  expect(log.read().map(({ timestampUs }) => timestampUs)).toEqual([4, 5]);
  expect(log.read()).toEqual([]);
});

test("a chatty kernel delays the sampling by no more than 1000 records at a time", () => {
  const records: string[] = [];
  deviceOf(records);
  const log = openKernelLog();
  for (let i = 0; i < 2250; i++) records.push(full(i));
  expect([log.read().length, log.read().length, log.read().length, log.read().length]).toEqual([1000, 1000, 250, 0]);
});

test("lines about the tables of other namespaces are not ours; one that names none may be", () => {
  const lines = ["table full in netns 4026532181, dropping packet", "table full in netns 4026532182, dropping packet", "table full, dropping packet"];
  const records: string[] = [];
  deviceOf(records);
  const log = onlyOf([4026532181], openKernelLog());
  records.push(...lines.map((line) => `4,1,1,-;nf_conntrack: ${line}\n`), "4,1,1,-;net_ratelimit: 7 callbacks suppressed\n");
  expect(log.read().map(({ line }) => line)).toEqual([
    "nf_conntrack: table full in netns 4026532181, dropping packet",
    "nf_conntrack: table full, dropping packet",
    "net_ratelimit: 7 callbacks suppressed",
  ]);
  expect(log.state).toBe("readable");
});

test("what the log still holds is counted by whose table it names", () => {
  const line = (us: number, where: string): string => `4,1,${us},-;nf_conntrack: nf_conntrack: table full${where}, dropping packet\n`;
  deviceOf([line(1, " in netns 4026532181"), "6,3,2,-;eth0: link up\n", line(3, " in netns 4026532182"), line(4, ""), "4,1,5,-;net_ratelimit: 7 callbacks suppressed\n", line(6, " in netns 4026532182")]);
  expect(readPastKernelLog(4026532181)).toEqual({ own: { lines: 1, lastUs: 1 }, unnamed: { lines: 1, lastUs: 4 }, others: { lines: 2, lastUs: 6 } });
});

test("a log that is not there holds nobody knows what", () => {
  expect(readPastKernelLog(1, path.join(os.tmpdir(), "tablefull-no-such-directory", "kmsg"))).toBeNull();
});
