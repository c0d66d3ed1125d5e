import fc from "fast-check";
import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { type Schedule, scheduleOf } from "../../src/sender/schedule.ts";
import { planOf, playLoad, totalsOf } from "./fake-transport.ts";

const START_NS = 7e9;
const MS = 1e6;
/** The longest sleep of the loop: so late may it see that all is done. */
const NAP_NS = 5 * MS;

function schedule(differs: Partial<Parameters<typeof scheduleOf>[0]> = {}): Schedule {
  return scheduleOf({ ratePps: 1000, shape: null, durationMs: 1000, queries: null, catchUpMs: 100, thread: 0, threads: 1, ...differs });
}

describe("LoadLoop at a constant rate", () => {
  it("sends the planned number, each meant for its own time and none before it", () => {
    const { world } = playLoad({ schedule: schedule(), startNs: START_NS, answerAfterNs: () => 2 * MS });
    expect(world.attempts.map(({ intendedNs }) => intendedNs)).toEqual(Array.from({ length: 1000 }, (_, i) => START_NS + i * MS));
    for (const { intendedNs, sentNs } of world.attempts) {
      expect(sentNs).toBeGreaterThanOrEqual(intendedNs);
      expect(sentNs - intendedNs).toBeLessThan(MS / 10);
    }
  });

  it("gives up nothing after a stall that was answered in time, however little one look takes", () => {
    const { ticks } = playLoad({ schedule: schedule(), answerAfterNs: () => 50 * MS, stalls: (index) => (index === 500 ? 300 * MS : 0), batch: 4 });
    const { sent, answered, unanswered, late } = totalsOf(ticks);
    expect({ answered, unanswered, late }).toEqual({ answered: sent, unanswered: 0, late: 0 });
  });

  it("plans the same whatever the rate and the number of threads", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 300 }), (ratePps, threads, durationMs) => {
      const intended: number[] = [];
      for (let thread = 0; thread < threads; thread++) {
        const { world } = playLoad({ schedule: schedule({ ratePps, threads, thread, durationMs }), answerAfterNs: () => MS });
        intended.push(...world.attempts.map(({ intendedNs }) => intendedNs));
      }
      // Query i is meant for i / rate; all those within the duration are sent.
      const count = Math.ceil((durationMs * ratePps) / 1000);
      expect(intended.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => (i * 1e9) / ratePps));
    }), { numRuns: 60 });
  });

  it("books what is answered, unanswered, late and refused so that everything adds up", () => {
    const { world, ticks } = playLoad({
      schedule: schedule(),
      startNs: START_NS,
      // Of ten queries one is refused, one never answered, one answered after the timeout of 100 ms.
      answerAfterNs: (index) => (index % 10 === 1 ? null : index % 10 === 2 ? 150 * MS : 3 * MS),
      refusal: (index) => (index % 10 === 0 ? "EPERM" : null),
    });
    // The load ends when the last queries are given up, before the last of the late answers.
    const { late, unanswered, ...rest } = totalsOf(ticks);
    expect(rest).toEqual({ attempted: 1000, sent: 900, failed: 100, answered: 700, stray: 0 });
    expect(late + unanswered).toBe(200);
    expect(late).toBe(world.attempts.filter(({ sentNs }, index) => index % 10 === 2 && sentNs + 150 * MS <= START_NS + 1092 * MS).length);
    expect(histogram(world.account.histograms().latency).totalCount).toBe(700);
  });

  it("measures latency from the intended time, and beside it from the send that came too late", () => {
    // An attempt takes 2 ms where 1 ms is planned: the last of 10 goes 9 ms late, and is answered at once.
    const { world } = playLoad({ schedule: schedule({ queries: 10 }), sendNs: 2 * MS, answerAfterNs: () => 1 });
    expect(world.attempts.at(-1)).toMatchObject({ intendedNs: 9 * MS });
    const { latency, uncorrected, lateness } = world.account.histograms();
    expect(histogram(latency).maxValue).toBeGreaterThanOrEqual(9_000);
    expect(histogram(uncorrected).maxValue).toBeLessThan(histogram(latency).maxValue - 5_000);
    expect(histogram(lateness).totalCount).toBe(10);
    expect(histogram(lateness).maxValue).toBeGreaterThan(8_000);
  });

  it("still sends what was due when a nap ended just after the duration", () => {
    const { ticks } = playLoad({ schedule: schedule({ durationMs: 999.5 }), answerAfterNs: () => MS });
    expect(totalsOf(ticks)).toMatchObject({ attempted: 1000 });
  });

  it("is never behind when the machine keeps up", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), answerAfterNs: () => MS });
    expect(ticks.map(({ behind }) => behind)).toEqual(ticks.map(() => 0));
    expect(planOf(ticks)).toEqual({ planned: 1000, attempted: 1000, dropped: 0 });
    expect(histogram(world.account.histograms().lateness).maxValue).toBeLessThan(100);
  });
});

describe("LoadLoop when it cannot keep up", () => {
  it("drops what is further behind than it may catch up, and never sends it", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), sendNs: 2 * MS, answerAfterNs: () => 1 });
    const { planned, attempted, dropped } = planOf(ticks);
    expect([planned, attempted + dropped]).toEqual([1000, 1000]);
    // Half the rate can be sent, for the duration and the 100 ms after it that the last queries may be late.
    expect(attempted).toBeGreaterThan(500);
    expect(attempted).toBeLessThan(600);
    // A turn sends up to 64, of which the last goes 128 ms after it was taken.
    for (const { intendedNs, sentNs } of world.attempts) expect(sentNs - intendedNs).toBeLessThanOrEqual((100 + 128) * MS);
    expect(Math.max(...ticks.map(({ behind }) => behind))).toBeLessThanOrEqual(101);
  });

  it("does not turn a stall into a flood", () => {
    // The machine sleeps for 400 ms in the middle of the 300th attempt.
    const { world, ticks } = playLoad({ schedule: schedule(), stalls: (index) => (index === 300 ? 400 * MS : 0), answerAfterNs: () => MS });
    const stalled = world.attempts[300]?.sentNs ?? Number.NaN;
    const within = (fromMs: number, toMs: number): number =>
      world.attempts.filter(({ sentNs }) => sentNs > stalled + fromMs * MS && sentNs <= stalled + toMs * MS).length;
    expect(within(0, 400)).toBe(0);
    // What the catch-up of 100 ms holds goes at once; from then on the rate is kept.
    expect(within(400, 402)).toBeLessThanOrEqual(104);
    expect(within(402, 602)).toBe(200);
    const { planned, attempted, dropped } = planOf(ticks);
    expect({ planned, attempted, dropped }).toEqual({ planned: 1000, attempted: 1000 - dropped, dropped });
    expect(Math.abs(dropped - 300)).toBeLessThanOrEqual(2);
  });

  it("accounts for every planned query, whatever stalls, refusals and bounds there are", () => {
    const stall = fc.record({ at: fc.nat(400), ms: fc.integer({ min: 1, max: 900 }) });
    fc.assert(fc.property(fc.array(stall, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 3 }), (stalls, outstandingLimit, catchUpMs, threads) => {
      let planned = 0;
      for (let thread = 0; thread < threads; thread++) {
        const { world, ticks } = playLoad({
          schedule: schedule({ catchUpMs, thread, threads }),
          outstandingLimit,
          stalls: (index) => (stalls.find(({ at }) => at === index)?.ms ?? 0) * MS,
          answerAfterNs: (index) => (index % 3 === 0 ? null : 5 * MS),
          refusal: (index) => (index % 7 === 0 ? "EPERM" : null),
        });
        const plan = planOf(ticks);
        expect(plan.attempted + plan.dropped).toBe(plan.planned);
        expect(plan.attempted).toBe(world.attempts.length);
        planned += plan.planned;
      }
      expect(planned).toBe(1000);
    }), { numRuns: 30 });
  });
});

describe("LoadLoop and the queries that wait", () => {
  it("gives up what is not answered, each once, and then ends", () => {
    const { world, ticks, endNs } = playLoad({ schedule: schedule({ queries: 50 }), startNs: START_NS });
    expect(totalsOf(ticks)).toEqual({ attempted: 50, sent: 50, failed: 0, answered: 0, unanswered: 50, late: 0, stray: 0 });
    expect(world.expiredKeys).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(endNs - START_NS).toBeGreaterThanOrEqual(149 * MS);
    expect(endNs - START_NS).toBeLessThan(150 * MS + NAP_NS);
  });

  it("keeps to the bound, and sends again as soon as one is answered or given up", () => {
    const { world, ticks } = playLoad({ schedule: schedule({ ratePps: null, durationMs: null, queries: 100 }), outstandingLimit: 7, answerAfterNs: (i) => (i % 2 === 0 ? MS : null) });
    expect(world.mostWaiting).toBe(7);
    expect(Math.max(...world.sizes)).toBe(7);
    expect(totalsOf(ticks)).toMatchObject({ attempted: 100, answered: 50, unanswered: 50 });
  });

  it("keeps to the bound at a rate, and drops what the bound holds back for too long", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), outstandingLimit: 10 });
    expect(world.mostWaiting).toBe(10);
    // Ten queries every 100 ms, the timeout; the last ten just within the catch-up after the second.
    const attempted = world.attempts.length;
    expect(attempted).toBe(110);
    expect(planOf(ticks)).toEqual({ planned: 1000, attempted, dropped: 1000 - attempted });
    for (const { intendedNs, sentNs } of world.attempts) expect(sentNs - intendedNs).toBeLessThanOrEqual(100 * MS + 10_000);
  });

  it("never runs over a waiting query when the ring is small", () => {
    const { world, ticks } = playLoad({ schedule: schedule({ ratePps: null, durationMs: null, queries: 300 }), places: 8, answerAfterNs: (i) => (i % 8 === 0 ? null : 1) });
    expect(world.mostWaiting).toBeLessThanOrEqual(8);
    expect(totalsOf(ticks)).toMatchObject({ attempted: 300, answered: 262, unanswered: 38, stray: 0 });
  });

  it("waits for nobody when every send is refused", () => {
    const { world, ticks, failures, endNs } = playLoad({ schedule: schedule(), refusal: () => "EPERM" });
    expect(totalsOf(ticks)).toEqual({ attempted: 1000, sent: 0, failed: 1000, answered: 0, unanswered: 0, late: 0, stray: 0 });
    expect(failures).toHaveLength(5);
    expect(failures[0]).toMatchObject({ type: "failure", phase: 3, thread: 1, errno: "EPERM" });
    expect(world.outstanding.waiting).toBe(0);
    expect(endNs).toBeLessThan(1000 * MS + NAP_NS);
  });
});

describe("LoadLoop without a rate", () => {
  it("ends at its number of queries, a few at a time", () => {
    const { world, ticks } = playLoad({ schedule: schedule({ ratePps: null, durationMs: null, queries: 5000 }), answerAfterNs: () => MS });
    expect(totalsOf(ticks)).toMatchObject({ attempted: 5000, answered: 5000 });
    expect(Math.max(...world.sizes)).toBe(64);
    for (const { intendedNs, sentNs } of world.attempts) expect(intendedNs).toBeLessThanOrEqual(sentNs);
  });

  it("looks for answers ever more rarely while none comes, and notices the first late by a hundredth of the silence", () => {
    const { world } = playLoad({
      schedule: schedule({ ratePps: null }),
      stopped: (now) => now.nowNs() >= 100 * MS,
      // A turn of 64 takes 64 us; the first 50 ms of queries get no answer.
      answerAfterNs: (index) => (index < 50_000 ? null : 1),
    });
    const { latency } = world.account.histograms();
    expect(histogram(latency).totalCount).toBe(world.attempts.length - 50_000);
    expect(histogram(latency).maxValue).toBeGreaterThan(64);
    expect(histogram(latency).maxValue).toBeLessThan(500 + 2 * 64);
    expect(world.looks).toBeLessThan((2 / 3) * (world.attempts.length / 64));
    // From then on every turn looks.
    expect(histogram(latency).getValueAtPercentile(90)).toBeLessThanOrEqual(64);
  });

  it("looks no more often than each 10 ms in a long silence where a look takes long, but before there is no room", () => {
    const play = (outstandingLimit: number): ReturnType<typeof playLoad> =>
      playLoad({ schedule: schedule({ ratePps: null, durationMs: 6000 }), outstandingLimit, lookNs: MS / 5, timeoutNs: 2 * MS, sendNs: 10_000, answerAfterNs: () => null });
    // 500 in the last 5 s, and before that ever more rarely.
    const { looks } = play(1 << 16).world;
    expect(looks).toBeGreaterThan(500);
    expect(looks).toBeLessThan(1500);
    const { world, ticks } = play(1000);
    // Queries of 2 ms and a turn wait at least: 264, so that 736 more at most are sent between two looks.
    expect(world.looks).toBeGreaterThan(world.attempts.length / 736);
    expect(world.looks).toBeLessThan(world.attempts.length / 500);
    expect(totalsOf(ticks)).toMatchObject({ unanswered: world.attempts.length, late: 0 });
  });

  it("looks at what it is about to give up alone, once, where that can be done", () => {
    const timeoutNs = MS;
    const endNs = 60 * MS;
    const inTime = (index: number): boolean => index > 20_000 && index % 50 === 0;
    const { world } = playLoad({
      schedule: schedule({ ratePps: null }),
      stopped: (now) => now.nowNs() >= endNs,
      timeoutNs,
      looksAtSome: true,
      answerAfterNs: (index) => (inTime(index) ? timeoutNs - 1 : null),
    });
    expect(new Set(world.lookedAt).size).toBe(world.lookedAt.length);
    const over = world.attempts.flatMap(({ sentNs }, index) => (sentNs + timeoutNs < endNs - 200_000 ? [index] : []));
    const givenUp = new Set(world.expiredKeys);
    expect(over.filter((index) => givenUp.has(index) === inTime(index))).toEqual([]);
    // The others were given up, or answered, after a look at all.
    expect(world.lookedAt.length).toBeGreaterThan(5000);
  });

  it("sends again as soon as an answer makes room", () => {
    const { world } = playLoad({ schedule: schedule({ ratePps: null }), stopped: (now) => now.nowNs() >= 10 * MS, outstandingLimit: 1, answerAfterNs: () => MS / 10 });
    expect(world.attempts.length).toBeGreaterThan(95);
  });

  it("looks at all no more, where each is looked at alone before the next look at all would come", () => {
    const looksBy = (endNs: number): number =>
      playLoad({ schedule: schedule({ ratePps: null }), stopped: (now) => now.nowNs() >= endNs, timeoutNs: MS, sendNs: 5_000, looksAtSome: true, answerAfterNs: () => null }).world.looks;
    // After 100 ms of silence a hundredth of it is the timeout.
    expect(looksBy(100 * MS)).toBeGreaterThan(100);
    expect(looksBy(600 * MS)).toBe(looksBy(200 * MS));
  });

  it("looks before it gives up: what came in time is answered, however rarely it looks", () => {
    // A turn of 64 takes 64 us. Nothing comes for 20 ms, so that it looks every 200 us by then.
    const timeoutNs = 20 * MS;
    const endNs = 30 * MS;
    const play = (afterNs: number): ReturnType<typeof playLoad>["world"] =>
      playLoad({ schedule: schedule({ ratePps: null }), stopped: (now) => now.nowNs() >= endNs, timeoutNs, answerAfterNs: () => afterNs }).world;
    for (const { expiredKeys, attempts } of [play(timeoutNs - 1), play(timeoutNs - 100_000)]) {
      // Only those are given up whose time had not come when it was stopped.
      expect(Math.min(...expiredKeys.map((key) => attempts[key]?.sentNs ?? 0)) + timeoutNs).toBeGreaterThan(endNs - 64_000);
    }
    // What is later than by the time between two looks is late.
    expect(histogram(play(timeoutNs + 200_000 + 130_000).account.histograms().latency).totalCount).toBe(0);
  });

  it("notices an answer at once when none was awaited before: refusals are no silence", () => {
    const { world } = playLoad({
      schedule: schedule({ ratePps: null, durationMs: null, queries: 50_000 }),
      refusal: (index) => (index % 10_000 === 0 ? null : "EPERM"),
      answerAfterNs: () => 100_000,
    });
    const latency = histogram(world.account.histograms().latency);
    expect(latency.totalCount).toBe(5);
    expect(latency.maxValue).toBeLessThan(100 + 2 * 64);
    expect(world.looks).toBeLessThan(100);
  });

  it("ends at its duration", () => {
    const { world, endNs } = playLoad({ schedule: schedule({ ratePps: null, durationMs: 20 }), startNs: START_NS, answerAfterNs: () => MS });
    // 64 attempts of a microsecond each may have begun just before the end.
    expect(Math.max(...world.attempts.map(({ sentNs }) => sentNs))).toBeLessThan(START_NS + 20 * MS + 64_000);
    expect(world.attempts.length).toBeGreaterThan(15_000);
    expect(endNs).toBeLessThan(START_NS + 22 * MS + NAP_NS);
  });

  it("does nothing when there is nothing to do", () => {
    const { world, ticks } = playLoad({ schedule: schedule({ queries: 0 }) });
    expect([world.attempts.length, world.closed, ticks.length]).toEqual([0, 1, 1]);
  });
});

describe("LoadLoop and its reports", () => {
  it("ticks every 100 ms, and the ticks add up to all that was done", () => {
    const { world, ticks, endNs } = playLoad({ schedule: schedule(), startNs: START_NS, answerAfterNs: () => 30 * MS });
    const times = ticks.map(({ atNs }) => (atNs - START_NS) / MS);
    expect(times.slice(0, -1).map((time) => Math.floor(time / 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const time of times.slice(0, -1)) expect(time % 100).toBeLessThan(1);
    expect(ticks.at(-1)?.atNs).toBe(endNs);
    expect(totalsOf(ticks)).toMatchObject({ attempted: world.account.attempted, sent: 1000, answered: 1000 });
    expect(ticks.map(({ outstanding }) => outstanding)).toEqual([...Array.from({ length: 9 }, () => 30), 29, 0]);
  });

  it("skips ticks that a long pause made pointless", () => {
    const { ticks } = playLoad({ schedule: schedule({ ratePps: 10, queries: 4, catchUpMs: 1000 }), sendNs: 250 * MS, answerAfterNs: () => 1 });
    // Turns end at 250 ms (1 query), 750 (2 that were due meanwhile) and 1000 (the last one), and the end has its own tick.
    expect(ticks.map(({ attempted }) => attempted)).toEqual([1, 2, 1, 0]);
    expect(ticks.slice(0, -1).map(({ atNs }) => atNs / MS)).toEqual([250, 750, 1000]);
  });
});

describe("LoadLoop when told to stop", () => {
  it("stops within a nap, leaves open what waits, closes once and reports", () => {
    const stopNs = START_NS + 333 * MS;
    const { world, ticks, endNs } = playLoad({
      schedule: schedule({ ratePps: 1, durationMs: 3_600_000 }),
      startNs: START_NS,
      timeoutNs: 60e9,
      stopped: (now) => now.nowNs() >= stopNs,
    });
    expect(planOf(ticks)).toEqual({ planned: 1, attempted: 1, dropped: 0 });
    expect(endNs).toBeGreaterThanOrEqual(stopNs);
    expect(endNs).toBeLessThanOrEqual(stopNs + NAP_NS);
    expect([world.closed, world.expiredKeys]).toEqual([1, [0]]);
    // Nobody waited for its timeout.
    expect(totalsOf(ticks)).toMatchObject({ attempted: 1, sent: 1, unanswered: 0 });
    expect(ticks.at(-1)?.outstanding).toBe(1);
  });

  it("takes all answers that have come before it lets go of the rest", () => {
    const stopNs = 540 * MS;
    const { world, ticks } = playLoad({ schedule: schedule(), answerAfterNs: () => 50 * MS, stalls: (index) => (index === 500 ? 40 * MS : 0), batch: 4, stopped: (now) => now.nowNs() >= stopNs });
    const inTime = world.attempts.filter(({ sentNs }) => sentNs + 50 * MS <= stopNs).length;
    expect(totalsOf(ticks)).toMatchObject({ answered: inTime, unanswered: 0, late: 0 });
    expect(ticks.at(-1)?.outstanding).toBe(world.attempts.length - inTime);
    expect(inTime).toBeGreaterThan(480);
  });

  it("tells those whose timeout had passed from those that are open", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), timeoutNs: 100 * MS, stopped: (now) => now.nowNs() >= 540 * MS });
    const { sent, unanswered } = totalsOf(ticks);
    const open = ticks.at(-1)?.outstanding ?? 0;
    expect(sent).toBe(unanswered + open);
    expect(Math.abs(open - 100)).toBeLessThanOrEqual(2);
    expect(world.expiredKeys.length).toBe(sent);
  });

  it("sends nothing when it was told before it began", () => {
    const { world, ticks } = playLoad({ schedule: schedule(), stopped: () => true });
    expect([world.attempts.length, world.closed, ticks.length]).toEqual([0, 1, 1]);
  });

  it("drops what was due and did not go", () => {
    const { ticks } = playLoad({ schedule: schedule(), outstandingLimit: 5, stopped: (now) => now.nowNs() >= 50 * MS });
    const { planned, attempted, dropped } = planOf(ticks);
    expect([attempted, planned - dropped]).toEqual([5, 5]);
    expect(planned).toBeGreaterThan(40);
  });
});

function histogram(encoded: string | null): Histogram {
  return decodeFromCompressedBase64(encoded ?? "");
}
