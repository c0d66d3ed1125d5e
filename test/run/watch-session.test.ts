import { EventEmitter } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { UserError } from "../../src/errors.ts";
import { WatchSession, type WatchEvents, type WatchOrder } from "../../src/run/watch-session.ts";
import { openRun } from "../../src/store/read-run.ts";
import type { KernelRecord, SampleRecord } from "../../src/store/records.ts";

/** The observer's thread, that only says what a test says; told to end it does. */
const threads = vi.hoisted((): EventEmitter[] => []);
vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter {
    #ended: ReturnType<typeof setInterval> | undefined;
    constructor() {
      super();
      threads.push(this);
    }
    postMessage({ signal }: { signal: SharedArrayBuffer }): void {
      const told = new Int32Array(signal);
      this.#ended = setInterval(() => {
        if (Atomics.load(told, 0) === 1) this.emit("message", { type: "done" });
      }, 1);
    }
    terminate(): Promise<number> {
      clearInterval(this.#ended);
      return Promise.resolve(0);
    }
  },
}));
vi.mock("../../src/observer/composition.ts", () => ({
  takeComposition: ({ moment }: { moment: string }) => Promise.resolve({ type: "composition", atNs: 5, tookNs: 1, moment, groups: [] }),
}));

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-watch-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));
beforeEach(() => {
  threads.length = 0;
});

const columns: KernelRecord = { type: "columns", atNs: 0, stat: ["drop", "early_drop"], net: ["Ip.OutDiscards"], kernelLog: "readable" };
const sample = (differs: Partial<SampleRecord> = {}): SampleRecord => ({ type: "sample", atNs: 1e8, count: 10, max: 100, ...differs });

const EVENTS: WatchEvents = { onBegin() {}, onReading() {}, onKernelLog() {}, onComposition() {} };

function aSession(order: Partial<WatchOrder> = {}, events: Partial<WatchEvents> = {}): WatchSession {
  return new WatchSession({ watched: { name: "network namespace blue", file: null, pid: undefined }, everyMs: 1000, durationMs: null, exitOn: [], record: null, ...order }, { ...EVENTS, ...events });
}

/** Begins to watch, and lets the observer say these batches. */
function watching(session: WatchSession, batches: readonly (readonly KernelRecord[])[], signal = new AbortController().signal): ReturnType<WatchSession["watch"]> {
  const end = session.watch(signal);
  const [thread] = threads;
  thread?.emit("message", { type: "ready" });
  for (const records of batches) thread?.emit("message", { type: "records", records });
  return end;
}

test("an alarm ends it, and is told with what the watch came to", async () => {
  const end = await watching(aSession({ exitOn: [{ kind: "eperm" }, { kind: "share", share: 0.9 }] }), [
    [columns, sample()],
    [sample({ atNs: 2e8, count: 91 }), { type: "kernel-log", atNs: 2e8, kind: "table-full", suppressed: null, line: "nf_conntrack: table full, dropping packet" }],
  ]);
  expect(end).toMatchObject({ alarm: "91 of 100 entries (91.0 %)", logLines: 1, totals: { firstEntries: 10, entries: 91, peak: 91, drop: 0, outDiscards: 0 } });
});

test.each([
  [{ count: 0, net: { "Ip.OutRequests": 3 } }, "3 packets went out and left no entry in it"],
  [{ count: 1, net: { "Ip.OutRequests": 3 } }, null],
])("after %j its end says why nothing was tracked: %s", async (differs, untracked) => {
  const stop = new AbortController();
  const session = aSession({ record: { root, version: "0.1.0" } });
  const empty: KernelRecord = { ...columns, stat: ["drop", "early_drop", "insert_failed"], net: ["Ip.OutRequests"] };
  const end = watching(session, [[empty, sample({ count: 0 })], [sample({ atNs: 2e8, ...differs })]], stop.signal);
  stop.abort();
  expect(await end).toMatchObject({ untracked });
});

test("its end comes when it is stopped, without an alarm", async () => {
  const stop = new AbortController();
  const end = watching(aSession(), [[columns, sample()]], stop.signal);
  stop.abort();
  expect(await end).toMatchObject({ alarm: null, totals: { entries: 10 } });
});

test("its end comes with its time, by a timer that nobody can collect meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const end = watching(aSession({ durationMs: 3_600_000 }), [[columns, sample()]]);
    vi.advanceTimersByTime(3_600_000);
    expect(await end).toMatchObject({ alarm: null });
  } finally {
    vi.useRealTimers();
  }
});

test("a namespace without a table is told in one line", async () => {
  const end = watching(aSession(), [[{ ...columns, stat: null }, sample({ count: null, max: null })]]);
  await expect(end).rejects.toBeInstanceOf(UserError);
  await expect(end).rejects.toThrow("no table to watch: nf_conntrack is not loaded, or not to be seen, in network namespace blue");
});

test("what cannot be read cannot be waited for", async () => {
  const end = watching(aSession({ exitOn: [{ kind: "eperm" }] }), [[{ ...columns, stat: null }, sample()]]);
  await expect(end).rejects.toThrow("--exit-on: nobody can tell here whether it holds: the counter drop");
});

test("an observer that crashes ends it with its own error", async () => {
  const end = watching(aSession(), [[columns, sample()]]);
  threads[0]?.emit("error", new Error("setns failed"));
  threads[0]?.emit("message", { type: "done" });
  await expect(end).rejects.toThrow("setns failed");
});

test("a record holds what was seen, and who filled the table when it was full and at the end", async () => {
  const onComposition = vi.fn<WatchEvents["onComposition"]>();
  const session = aSession({ record: { root, version: "0.1.0" }, exitOn: [{ kind: "eperm" }] }, { onComposition });
  await watching(session, [[columns, sample()], [sample({ atNs: 2e8, count: 100 })], [sample({ atNs: 3e8, count: 100, stat: { drop: 4 } })]]);
  const stored = openRun(session.directory ?? "");
  expect(stored.run).toMatchObject({ state: "finished", failure: null, plan: null, expect: null, watched: { namespace: "network namespace blue", everyMs: 1000 } });
  const kernel: KernelRecord[] = [];
  stored.kernel((record) => void kernel.push(record));
  expect(kernel).toHaveLength(4);
  const events: string[] = [];
  stored.events((record) => void events.push(record.type === "composition" ? `composition ${record.moment}` : record.type));
  expect(events.toSorted()).toEqual(["composition end", "composition onset", "phase-end", "phase-start", "stopped"]);
  expect(onComposition).toHaveBeenCalledTimes(2);
});

test("a record of a watch that failed says so", async () => {
  const session = aSession({ record: { root, version: "0.1.0" } });
  await expect(watching(session, [[{ ...columns, stat: null }, sample({ count: null, max: null })]])).rejects.toThrow("no table to watch");
  expect(openRun(session.directory ?? "").run).toMatchObject({ state: "failed", failure: expect.stringContaining("no table to watch") });
});
