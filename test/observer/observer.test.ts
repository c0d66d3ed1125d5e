import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { Observer } from "../../src/observer/observer.ts";

/** A thread that only does what a test says. */
const threads = vi.hoisted((): EventEmitter[] => []);
vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter {
    constructor() {
      super();
      threads.push(this);
    }
    terminate(): Promise<number> {
      return Promise.resolve(0);
    }
  },
}));

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
