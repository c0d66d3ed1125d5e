import { expect, test } from "vitest";
import { Account } from "../../src/sender/account.ts";
import { Backlog } from "../../src/sender/backlog.ts";
import { scheduleOf } from "../../src/sender/schedule.ts";
import { Ticks } from "../../src/sender/ticks.ts";
import type { SenderRecord } from "../../src/store/records.ts";

const MS = 1e6;

/** 10,000/s for a second; at 1000 ms of these clocks it begins. */
const JOB = { ratePps: 10_000, shape: null, durationMs: 1000, queries: null, catchUpMs: 100, thread: 0, threads: 1 };

function create(job: Parameters<typeof scheduleOf>[0] = JOB): { account: Account; ticks: Ticks; at: (ms: number, last?: boolean) => SenderRecord[] } {
  const account = new Account({ paced: true });
  let records: SenderRecord[] = [];
  const ticks = new Ticks({ account, phase: 2, thread: 1, startNs: 1000 * MS, emit: (some) => void (records = some) });
  const backlog = new Backlog(scheduleOf(job));
  const at = (ms: number, last = false): SenderRecord[] => {
    records = [];
    backlog.advance((ms - 1000) * MS);
    ticks.report({ nowNs: ms * MS, outstanding: 4, backlog, last });
    return records;
  };
  return { account, ticks, at };
}

test("a tick is due every 100 ms from the start", () => {
  const { account, ticks, at } = create();
  account.sent(7);
  expect(at(1099.9)).toEqual([]);
  expect(ticks.nextNs).toBe(1100 * MS);
  expect(at(1100)).toEqual([
    { type: "tick", phase: 2, thread: 1, atNs: 1100 * MS, attempted: 7, sent: 7, failed: {}, answered: {}, latenciesUs: {}, unanswered: 0, late: 0, stray: 0, strays: {}, icmp: {}, outstanding: 4, behind: 1001, planned: 1001, dropped: 0 },
  ]);
  expect(at(1199)).toEqual([]);
  expect(at(1205)).toMatchObject([{ atNs: 1205 * MS, attempted: 0, planned: 1050, dropped: 1050, behind: 1001 }]);
});

test("after a long pause there is one tick, and the next at its old time", () => {
  const { ticks, at } = create();
  expect(at(1750)).toHaveLength(1);
  expect(ticks.nextNs).toBe(1800 * MS);
  expect(at(1760)).toEqual([]);
  expect(at(1800)).toHaveLength(1);
});

test("the last tick does not wait for its time; failures kept come before it", () => {
  const { account, at } = create();
  if (account.refused("EPERM")) account.keep({ atNs: 5, errno: "EPERM", call: "send", source: "a", destination: "b", words: "c" });
  expect(at(1001, true)).toMatchObject([
    { type: "failure", phase: 2, thread: 1, atNs: 5, errno: "EPERM", call: "send", source: "a", destination: "b", words: "c" },
    { type: "tick", atNs: 1001 * MS, attempted: 1, failed: { EPERM: 1 } },
  ]);
});

test("without a rate nothing is planned, and nobody is behind", () => {
  const [tick] = create({ ...JOB, ratePps: null }).at(1100);
  expect(tick).toMatchObject({ type: "tick", behind: 0 });
  expect(Object.keys(tick ?? {})).not.toEqual(expect.arrayContaining(["planned"]));
});
