import { EventEmitter } from "node:events";
import { beforeEach, expect, test, vi } from "vitest";
import { Crew } from "../../src/sender/crew.ts";

/** Threads that only do what a test says. */
const threads = vi.hoisted((): EventEmitter[] => []);
vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter {
    constructor() {
      super();
      threads.push(this);
    }
    postMessage(): void {}
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
