import { EventEmitter } from "node:events";
import { beforeEach, expect, test, vi } from "vitest";
import { Observer, type ObservingEvents } from "../../src/observer/observer.ts";
import { type ObserverData, SIGNAL } from "../../src/observer/protocol.ts";

/** A thread that only does what a test says. */
interface FakeThread extends EventEmitter {
  signal: Int32Array<SharedArrayBuffer>;
}
const threads = vi.hoisted((): FakeThread[] => []);
vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter implements FakeThread {
    signal = new Int32Array(new SharedArrayBuffer(0));
    constructor() {
      super();
      threads.push(this);
    }
    postMessage({ signal }: ObserverData): void {
      this.signal = new Int32Array(signal);
    }
    terminate(): Promise<number> {
      return Promise.resolve(0);
    }
  },
}));

beforeEach(() => void threads.splice(0));

function observing(events: Partial<ObservingEvents> = {}): Observer {
  return new Observer({ originNs: 0n, intervalNs: 1e7, handOverNs: 1e8, netEveryNs: 1e9, namespace: null, kernelLog: true, router: null, onRecords() {}, onCrash() {}, ...events });
}

test("a look out of turn is asked for, and does not undo the end", () => {
  const observer = observing();
  const told = (): number | undefined => threads[0]?.signal[0];
  expect(told()).toBe(SIGNAL.goOn);
  void observer.look();
  expect(told()).toBe(SIGNAL.look);
  void observer.end();
  void observer.look();
  expect(told()).toBe(SIGNAL.end);
});

test("a look is over when its records were handed over, or when there will be none", async () => {
  const happened: string[] = [];
  const observer = observing({ onRecords: () => happened.push("records") });
  const first = observer.look().then(() => happened.push("looked"));
  const second = observer.look().then(() => happened.push("looked again"));
  threads[0]?.emit("message", { type: "records", records: [] });
  await Promise.resolve();
  expect(happened).toEqual(["records"]);
  expect(threads[0]?.signal[1]).toBe(2);
  threads[0]?.emit("message", { type: "looked", number: 1 });
  await first;
  await new Promise(setImmediate);
  expect(happened).toEqual(["records", "looked"]);
  threads[0]?.emit("error", new Error("setns failed"));
  await second;
  expect(happened).toEqual(["records", "looked", "looked again"]);
});

test("a thread that crashes is told when it happens, and does not keep the run from ending", async () => {
  const onCrash = vi.fn<(error: unknown) => void>();
  const observer = observing({ onCrash });
  threads[0]?.emit("message", { type: "ready" });
  await observer.ready();
  const error = new Error("setns failed");
  threads[0]?.emit("error", error);
  expect(onCrash.mock.calls).toEqual([[error]]);
  await expect(observer.end()).resolves.toBeUndefined();
});
