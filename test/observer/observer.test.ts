import { EventEmitter } from "node:events";
import { beforeEach, expect, test, vi } from "vitest";
import { Observer } from "../../src/observer/observer.ts";
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

test("a look out of turn is asked for, and does not undo the end", () => {
  const observer = new Observer({ originNs: 0n, intervalNs: 1e7, namespace: null, kernelLog: true, router: null, onRecords() {}, onCrash() {} });
  const told = (): number | undefined => threads[0]?.signal[0];
  expect(told()).toBe(SIGNAL.goOn);
  observer.look();
  expect(told()).toBe(SIGNAL.look);
  void observer.end();
  observer.look();
  expect(told()).toBe(SIGNAL.end);
});

test("a thread that crashes is told when it happens, and does not keep the run from ending", async () => {
  const onCrash = vi.fn<(error: unknown) => void>();
  const observer = new Observer({ originNs: 0n, intervalNs: 1e7, namespace: null, kernelLog: true, router: null, onRecords() {}, onCrash });
  threads[0]?.emit("message", { type: "ready" });
  await observer.ready();
  const error = new Error("setns failed");
  threads[0]?.emit("error", error);
  expect(onCrash.mock.calls).toEqual([[error]]);
  await expect(observer.end()).resolves.toBeUndefined();
});
