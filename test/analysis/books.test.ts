import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkBooks } from "../../src/analysis/books.ts";
import { PhaseFold } from "../../src/analysis/phases.ts";
import type { ToldRun } from "../../src/analysis/told-run.ts";
import { renderMarkdown } from "../../src/report/formats/markdown.ts";
import { renderReport } from "../../src/report/terminal.ts";
import type { TickRecord } from "../../src/store/records.ts";
import { healthyStory, tableFullStory } from "../fixtures/runs/stories.ts";
import { aTick } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";
import { toldRun } from "../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-books-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const tell = (story: Story): ToldRun => toldRun(root, story);

const sound = tableFullStory();
/** The story with one tick, of thread 1 and after the table was full, falsified. */
function falsified(differs: (tick: TickRecord) => Partial<TickRecord>, story = sound): Story {
  return { ...story, ticks: story.ticks.map((tick, index) => (index === 41 ? { ...tick, ...differs(tick) } : tick)) };
}

test("what a rate planned is attempted or dropped, but in a run that was cut short", () => {
  const fold = new PhaseFold(0, "load");
  fold.addTick(aTick({ planned: 10, dropped: 2, attempted: 9, retries: 2, sent: 9, answered: { NOERROR: 9 } }));
  const check = (finished: boolean): string[] => checkBooks([fold.finish()], { finished }).faults;
  expect(check(true)).toEqual(["in total, 10 planned, but 7 attempted and 2 dropped"]);
  expect(check(false)).toEqual([]);
  fold.addTick(aTick({ planned: 0, dropped: 1 }));
  expect(check(true)).toEqual([]);
});

test("a total over loads with a rate and without one says nothing of plans", () => {
  const paced = new PhaseFold(0, "load");
  paced.addTick(aTick({ planned: 10, dropped: 1, attempted: 9, sent: 9, answered: { NOERROR: 9 } }));
  const unpaced = new PhaseFold(1, "load");
  unpaced.addTick(aTick({ phase: 1, attempted: 50, sent: 50, answered: { NOERROR: 50 } }));
  expect(checkBooks([paced.finish(), unpaced.finish()], { finished: true }).faults).toEqual([]);
  expect(checkBooks([unpaced.finish(), paced.finish()], { finished: true }).faults).toEqual([]);
});

describe("a stored run whose books do not balance", () => {
  const CASES: [name: string, differs: (tick: TickRecord) => Partial<TickRecord>, total: string, thread: string][] = [
    ["an attempt of which nothing is known", ({ attempted }) => ({ attempted: attempted + 1 }), "6,001 attempted, but 1,684 sent and 4,316 failed", "3,001 attempted, but 842 sent and 2,158 failed"],
    ["a refusal that was no attempt", () => ({ failed: { EPERM: 93 } }), "6,000 attempted, but 1,684 sent and 4,317 failed", "3,000 attempted, but 842 sent and 2,159 failed"],
    ["a query that was sent twice", ({ attempted, sent }) => ({ attempted: attempted + 1, sent: sent + 1 }), "1,685 sent, but 1,684 answered, 0 unanswered and 0 late", "843 sent, but 842 answered, 0 unanswered and 0 late"],
    ["an answer that was lost", () => ({ answered: { NOERROR: 7 } }), "1,684 sent, but 1,683 answered, 0 unanswered and 0 late", "842 sent, but 841 answered, 0 unanswered and 0 late"],
    ["a query that was given up twice", () => ({ unanswered: 1 }), "1,684 sent, but 1,684 answered, 1 unanswered and 0 late", "842 sent, but 842 answered, 1 unanswered and 0 late"],
    ["an answer that was late though it was never given up", () => ({ late: 1 }), "1,684 sent, but 1,684 answered, 0 unanswered and 1 late", "842 sent, but 842 answered, 0 unanswered and 1 late"],
    ["more late answers than queries given up", () => ({ late: 1, unanswered: -1 }), "fewer than no queries unanswered: -1", "fewer than no queries unanswered: -1"],
  ];

  test.each(CASES)("%s", (_name, differs, total, thread) => {
    const told = tell(falsified(differs));
    const texts = [`in total, ${total}`, `phase 2, thread 1, ${thread}`].map((text) => `the senders' books do not balance: ${text}`);
    const { verdict, books, expectation } = told.summary;
    expect(verdict.findings).toEqual(texts.map((text) => ({ kind: "accounting-broken", text })));
    expect(verdict.doubtful).toBe(true);
    expect(verdict.against.slice(0, 2)).toEqual(texts);
    expect(expectation).toEqual({ expected: "table-full", met: false });
    expect(books).toMatchObject({ balanced: false, ledgers: 2 });
    const report = renderReport(told, { color: false, width: 100 });
    expect(report.split("\n")[0]).toMatch(/^table-full \(IN DOUBT: its books do not balance; expected table-full\)/);
    expect(report).toContain("books         DO NOT BALANCE: see Doubts");
    expect(renderMarkdown(told)).toContain("**In doubt**");
  });

  test("faults of two threads that make up for each other are found", () => {
    const { verdict, books } = tell({
      ...sound,
      ticks: sound.ticks.map((tick, index) => (index === 40 ? { ...tick, attempted: 99 } : index === 41 ? { ...tick, attempted: 101 } : tick)),
    }).summary;
    expect(books.balanced).toBe(false);
    expect(verdict.findings.map(({ text }) => text)).toEqual([
      "the senders' books do not balance: phase 2, thread 0, 2,999 attempted, but 842 sent and 2,158 failed",
      "the senders' books do not balance: phase 2, thread 1, 3,001 attempted, but 842 sent and 2,158 failed",
    ]);
  });

  test("of many faulty threads a few are told", () => {
    const ticks = Array.from({ length: 8 }, (_, thread) => aTick({ phase: 1, thread, atNs: 5e9, attempted: 1 }));
    expect(tell({ ...sound, ticks }).summary.verdict.findings.map(({ text }) => text).at(-1)).toBe(
      "the senders' books do not balance: 5 more faults in the books of single threads",
    );
  });
});

test("what a stopped run leaves open is told as open, and neither as unanswered nor as a fault", () => {
  const whole = healthyStory();
  const last = whole.ticks.length - 1;
  const ticks = whole.ticks.map((tick, index) => (index === last ? { ...tick, unanswered: 0, outstanding: tick.unanswered } : tick));
  const open = whole.ticks[last]?.unanswered ?? 0;
  const told = tell({ ...whole, state: "interrupted", ticks });
  const { books, sends, verdict } = told.summary;
  expect(open).toBeGreaterThan(0);
  expect({ open: sends.open, balanced: books.balanced, cause: verdict.cause }).toEqual({ open, balanced: true, cause: "healthy" });
  expect(sends.sent).toBe(sends.answered + sends.unanswered + sends.late + open);
  expect(renderReport(told, { color: false, width: 100 })).toContain(`${open} open`);
  // A run that has finished has none to leave.
  expect(tell({ ...whole, ticks }).summary).toMatchObject({ sends: { open: 0 }, books: { balanced: false } });
});

test("a run of before that was stopped gave them up, and is read as it was written", () => {
  expect(tell({ ...healthyStory(), state: "interrupted" }).summary).toMatchObject({ sends: { open: 0 }, books: { balanced: true } });
});

test("books that balance are said to", () => {
  const told = tell(sound);
  expect(told.summary).toMatchObject({ books: { balanced: true, ledgers: 2 }, verdict: { doubtful: false }, expectation: { met: true } });
  expect(renderReport(told, { color: false, width: 100 })).toContain("books         balance, for 2 threads and in total");
});

test("whatever was booked soundly balances, and any single falsified number does not", () => {
  const count = fc.nat(1000);
  const tick = fc.record({ thread: fc.nat(3), sent: count, eperm: count, eagain: count, lost: count, late: count, open: fc.nat(10) });
  const field = fc.constantFrom("attempted", "sent", "unanswered", "late");
  fc.assert(fc.property(fc.array(tick, { minLength: 1, maxLength: 30 }), field, fc.integer({ min: 1, max: 5 }), fc.boolean(), (shares, falsify, by, finished) => {
    const open = new Map<number, number>();
    const ticks = shares.map(({ thread, sent, eperm, eagain, lost, late, open: wanted }) => {
      const before = open.get(thread) ?? 0;
      const now = finished ? 0 : Math.min(wanted, before + sent);
      open.set(thread, now);
      const closed = before + sent - now;
      const unanswered = Math.min(lost, closed);
      const answered = closed - unanswered;
      const lateNow = Math.min(late, unanswered);
      return aTick({
        thread, attempted: sent + eperm + eagain, sent, failed: { EPERM: eperm, EAGAIN: eagain },
        answered: { NOERROR: answered }, unanswered: unanswered - lateNow, late: lateNow, outstanding: now,
      });
    });
    const books = (given: TickRecord[]): string[] => {
      const fold = new PhaseFold(0, "load");
      given.forEach((each) => fold.addTick(each));
      return checkBooks([fold.finish()], { finished }).faults;
    };
    expect(books(ticks)).toEqual([]);
    expect(books(ticks.map((each, index) => (index === 0 ? { ...each, [falsify]: each[falsify] + by } : each)))).not.toEqual([]);
  }));
});
