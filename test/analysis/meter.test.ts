import { expect, test } from "vitest";
import { Meter } from "../../src/analysis/meter.ts";
import { aTick, SECOND } from "../fixtures/runs/story.ts";

function create(): { meter: Meter; at: (seconds: number) => void } {
  let nowNs = 0;
  return { meter: new Meter({ clock: { nowNs: () => nowNs }, phases: 3 }), at: (seconds) => void (nowNs = seconds * SECOND) };
}

test("knows nothing at first", () => {
  const { meter } = create();
  expect(meter.take()).toEqual({
    phase: 0, phases: 3, kind: "", elapsedMs: 0, plannedMs: null, count: null, max: null, plannedPps: null, attemptedPps: 0, epermPps: 0, answeredPps: 0,
  });
});

test("tells the phase, the time in it, and rates per second since the last message", () => {
  const { meter, at } = create();
  at(2);
  meter.take();
  meter.begin({ phase: 1, kind: "load", plannedMs: 5000 });
  meter.addSenders([
    aTick({ attempted: 300, sent: 200, failed: { EPERM: 90, ENOBUFS: 10 }, answered: { NOERROR: 70, "NOERROR+TC": 5 } }),
    { type: "failure", phase: 1, thread: 0, atNs: 0, errno: "EPERM", call: "send", source: "", destination: "", words: "" },
  ]);
  meter.addSenders([aTick({ thread: 1, attempted: 100, sent: 100, answered: { NXDOMAIN: 25 } })]);
  at(2.5);
  expect(meter.take()).toEqual({
    phase: 1, phases: 3, kind: "load", elapsedMs: 500, plannedMs: 5000, count: null, max: null, plannedPps: null, attemptedPps: 800, epermPps: 180, answeredPps: 200,
  });
  at(3);
  expect(meter.take()).toMatchObject({ elapsedMs: 1000, attemptedPps: 0, epermPps: 0, answeredPps: 0 });
});

test("shows the last sample, also when it is unknown", () => {
  const { meter } = create();
  meter.addKernel([
    { type: "columns", atNs: 0, stat: null, net: null, kernelLog: "readable" },
    { type: "sample", atNs: 1, count: 10, max: 100 },
    { type: "sample", atNs: 2, count: 11, max: 100 },
    { type: "kernel-log", atNs: 3, kind: "table-full", suppressed: null, line: "" },
  ]);
  expect(meter.take()).toMatchObject({ count: 11, max: 100 });
  expect(meter.take()).toMatchObject({ count: 11, max: 100 });
  meter.addKernel([{ type: "sample", atNs: 4, count: null, max: null }]);
  expect(meter.take()).toMatchObject({ count: null, max: null });
});

test("begins the time of each phase anew", () => {
  const { meter, at } = create();
  meter.begin({ phase: 0, kind: "fill", plannedMs: null });
  at(4);
  meter.begin({ phase: 1, kind: "rest", plannedMs: 1000 });
  at(4.25);
  expect(meter.take()).toMatchObject({ phase: 1, kind: "rest", elapsedMs: 250, plannedMs: 1000 });
});

test("tells how many queries were planned, in a load that has a rate", () => {
  const { meter, at } = create();
  meter.begin({ phase: 0, kind: "load", plannedMs: 1000 });
  meter.addSenders([aTick({ attempted: 90, planned: 100, dropped: 10 }), aTick({ thread: 1, attempted: 100, planned: 100, dropped: 0 })]);
  at(0.5);
  expect(meter.take()).toMatchObject({ plannedPps: 400, attemptedPps: 380 });
  at(1);
  expect(meter.take()).toMatchObject({ plannedPps: 0 });
  meter.begin({ phase: 1, kind: "load", plannedMs: 1000 });
  meter.addSenders([aTick({ attempted: 90 })]);
  expect(meter.take()).toMatchObject({ plannedPps: null });
});

test("gives finite rates for two messages at the same instant", () => {
  const { meter } = create();
  meter.addSenders([aTick({ attempted: 5 })]);
  expect(meter.take().attemptedPps).toBe(5000);
});
