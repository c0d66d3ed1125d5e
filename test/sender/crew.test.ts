import { EventEmitter } from "node:events";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Crew, startSenders } from "../../src/sender/crew.ts";

/** Threads that only do what a test says. */
interface FakeThread extends EventEmitter {
  told: unknown[];
  terminated: boolean;
}
const threads = vi.hoisted((): FakeThread[] => []);
vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter implements FakeThread {
    readonly told: unknown[] = [];
    terminated = false;
    constructor() {
      super();
      threads.push(this);
    }
    postMessage(message: unknown): void {
      this.told.push(message);
    }
    terminate(): void {
      this.terminated = true;
    }
  },
}));
beforeEach(() => void threads.splice(0));

test("a thread that crashes between two jobs is told, with its own error", () => {
  const onCrash = vi.fn<(error: unknown) => void>();
  const crew = new Crew({ threads: 2, originNs: 0n, clock: { nowNs: () => 0 }, events: { onRecords() {}, onFilled() {}, onCrash } });
  const error = new Error("out of memory");
  threads[1]?.emit("error", error);
  expect(onCrash.mock.calls).toEqual([[error]]);
  expect(crew).toBeDefined();
});

const HOW = { originNs: 0n, clock: { nowNs: () => 0 }, events: { onRecords() {}, onFilled() {}, onCrash() {} } };

test("a crew takes threads that wait for it and starts those that it lacks", () => {
  expect(new Crew({ ...HOW, threads: 3, waiting: startSenders(2) })).toBeDefined();
  expect(threads.map(({ told }) => told)).toMatchObject([0, 1, 2].map((thread) => [{ type: "join", crew: { thread } }]));
});

test("a crew sends away threads that it does not need, and does not terminate what may still be loading", () => {
  expect(new Crew({ ...HOW, threads: 1, waiting: startSenders(2) })).toBeDefined();
  expect(threads.map(({ told }) => told)).toMatchObject([[{ type: "join" }], [{ type: "leave" }]]);
  expect(threads.map(({ terminated }) => terminated)).toEqual([false, false]);
});

test("a crew that is dismissed waits for its threads to leave", async () => {
  const crew = new Crew({ ...HOW, threads: 2 });
  const dismissed = crew.dismiss();
  expect(threads.map(({ told, terminated }) => ({ last: told.at(-1), terminated }))).toEqual([0, 1].map(() => ({ last: { type: "leave" }, terminated: false })));
  for (const thread of threads) thread.emit("exit", 0);
  await dismissed;
  expect(threads.map(({ terminated }) => terminated)).toEqual([true, true]);
});

test("a thread that does not leave is terminated", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const dismissed = new Crew({ ...HOW, threads: 1 }).dismiss();
  await vi.advanceTimersByTimeAsync(1000);
  await dismissed;
  expect(threads[0]?.terminated).toBe(true);
});
