import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Outstanding } from "../../src/sender/outstanding.ts";

const TIMEOUT_NS = 100;

function opened(count: number, places = 8): Outstanding {
  const outstanding = new Outstanding({ places, timeoutNs: TIMEOUT_NS });
  for (let i = 0; i < count; i++) outstanding.open({ sentNs: i * 10, intendedNs: i * 10 - 1, key: 1000 + i });
  return outstanding;
}

function expire(outstanding: Outstanding, nowNs: number): number[] {
  const keys: number[] = [];
  outstanding.expire(nowNs, (key) => keys.push(key));
  return keys;
}

describe("Outstanding", () => {
  it("numbers queries in order and knows each until it is answered", () => {
    const outstanding = opened(3);
    expect([outstanding.waiting, outstanding.room, outstanding.nextSequence]).toEqual([3, 5, 3]);
    expect(outstanding.match(1)).toBe("answered");
    expect([outstanding.intendedNs(1), outstanding.key(1)]).toEqual([9, 1001]);
    expect(outstanding.waiting).toBe(2);
    expect(outstanding.match(1)).toBe("duplicate");
    expect(outstanding.waiting).toBe(2);
  });

  it("calls answers to what was never opened unasked", () => {
    const outstanding = opened(3);
    for (const sequence of [3, 8, 9, 0xffff_ffff]) expect(outstanding.match(sequence)).toBe("unasked");
  });

  it("gives up what is older than the timeout, oldest first, once", () => {
    const outstanding = opened(4);
    outstanding.match(1);
    expect(outstanding.nextExpiryNs()).toBe(100);
    expect(expire(outstanding, 99)).toEqual([]);
    expect(expire(outstanding, 120)).toEqual([1000, 1002]);
    expect([outstanding.waiting, outstanding.nextExpiryNs()]).toEqual([1, 130]);
    expect(expire(outstanding, 129)).toEqual([]);
    expect(expire(outstanding, Infinity)).toEqual([1003]);
    expect([outstanding.waiting, outstanding.nextExpiryNs(), outstanding.room]).toEqual([0, null, 8]);
  });

  it("tells which it is about to give up, as many as there is room for, and gives up those that were not answered since", () => {
    const outstanding = opened(6);
    outstanding.match(1);
    const keys = new Int32Array(2);
    const tell = (): number[] => [...keys.subarray(0, outstanding.expiring(140, keys))];
    const given: number[] = [];
    expect([outstanding.expiring(99, keys), tell(), outstanding.waiting]).toEqual([0, [1000, 1002], 5]);
    expect(outstanding.match(2)).toBe("answered");
    outstanding.expireTold((key) => given.push(key));
    expect([given, outstanding.waiting, tell()]).toEqual([[1000], 3, [1003, 1004]]);
    outstanding.expireTold((key) => given.push(key));
    expect([given, tell()]).toEqual([[1000, 1003, 1004], []]);
    outstanding.expireTold((key) => given.push(key));
    expect([given.length, outstanding.nextExpiryNs()]).toEqual([3, 150]);
    expect([outstanding.match(0), outstanding.match(2), outstanding.match(5)]).toEqual(["late", "duplicate", "answered"]);
  });

  it("tells a late answer from a second and an unasked one until the place is used again", () => {
    const outstanding = opened(2);
    expire(outstanding, Infinity);
    expect(outstanding.match(0)).toBe("late");
    expect(outstanding.match(0)).toBe("duplicate");
    for (let i = 0; i < 8; i++) outstanding.open({ sentNs: 1000, intendedNs: 1000, key: 0 });
    expect(outstanding.match(1)).toBe("unasked");
    expect(outstanding.waiting).toBe(8);
  });

  it("uses up a number for a send that was refused", () => {
    const outstanding = opened(1);
    outstanding.skip();
    expect([outstanding.waiting, outstanding.nextSequence, outstanding.match(1)]).toEqual([1, 2, "unasked"]);
    outstanding.match(0);
    expect(outstanding.nextExpiryNs()).toBeNull();
    outstanding.open({ sentNs: 500, intendedNs: 500, key: 7 });
    expect([outstanding.nextExpiryNs(), outstanding.match(2)]).toEqual([600, "answered"]);
  });

  it("forgets a query that is withdrawn, and leaves others alone", () => {
    const outstanding = opened(3);
    outstanding.withdraw(0);
    outstanding.withdraw(0);
    outstanding.withdraw(8);
    expect(outstanding.waiting).toBe(2);
    expect(outstanding.match(0)).toBe("unasked");
    expect(expire(outstanding, Infinity)).toEqual([1001, 1002]);
    outstanding.withdraw(1);
    expect(outstanding.waiting).toBe(0);
    expect(outstanding.match(1)).toBe("late");
  });

  it("has no room when the oldest waiting query stands in the way, however few wait", () => {
    const outstanding = opened(8);
    for (let i = 1; i < 8; i++) outstanding.match(i);
    expect([outstanding.waiting, outstanding.room]).toEqual([1, 0]);
    outstanding.match(0);
    expire(outstanding, 0);
    expect(outstanding.room).toBe(8);
  });

  it("keeps no times and keys but those that are wanted", () => {
    const outstanding = new Outstanding({ places: 8, timeoutNs: TIMEOUT_NS, timed: false, keyed: false });
    outstanding.open({ sentNs: 50, intendedNs: 40, key: 7 });
    expect([outstanding.sentNs(0), outstanding.intendedNs(0), outstanding.key(0)]).toEqual([50, 50, 0]);
    const keys: number[] = [];
    outstanding.eachWaiting((key) => keys.push(key));
    expect([...keys, ...expire(outstanding, Infinity)]).toEqual([0, 0]);
  });

  it.each([[1, 2], [2, 2], [3, 4], [4096, 4096], [4097, 8192], [5000.5, 8192]])("makes %d places %d", (places, room) => {
    expect(new Outstanding({ places, timeoutNs: 1 }).room).toBe(room);
  });
});

/** The same, the slow way: every query in a map, forgotten when as many as there are places have come after it. */
class NaiveOutstanding {
  readonly queries = new Map<number, { expired: boolean; answered: boolean; sentNs: number; key: number }>();
  readonly #places: number;
  next = 0;

  constructor(places: number) {
    this.#places = places;
  }

  use(query: { sentNs: number; key: number } | null): void {
    this.queries.delete(this.next - this.#places);
    if (query !== null) this.queries.set(this.next, { expired: false, answered: false, ...query });
    this.next++;
  }

  waiting(): number[] {
    return [...this.queries].filter(([, query]) => !query.expired && !query.answered).map(([sequence]) => sequence);
  }

  match(sequence: number): string {
    const query = this.queries.get(sequence);
    if (query === undefined) return "unasked";
    if (query.answered) return "duplicate";
    query.answered = true;
    return query.expired ? "late" : "answered";
  }

  withdraw(sequence: number): void {
    const query = this.queries.get(sequence);
    if (query?.expired === false && !query.answered) this.queries.delete(sequence);
  }

  expire(nowNs: number): number[] {
    const given = [...this.queries.values()].filter((query) => !query.expired && !query.answered && query.sentNs + TIMEOUT_NS <= nowNs);
    for (const query of given) query.expired = true;
    return given.map(({ key }) => key);
  }
}

it("does what a map of all queries does, around the ring many times", () => {
  const back = fc.integer({ min: -2, max: 20 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ act: fc.constant("open" as const), afterNs: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant("skip" as const) }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant("match" as const), back }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant("withdraw" as const), back }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant("expire" as const), afterNs: fc.nat(120) }) },
  );
  fc.assert(fc.property(fc.constantFrom(2, 4, 8), fc.array(step, { minLength: 50, maxLength: 200, size: "max" }), (places, steps) => {
    const ring = new Outstanding({ places, timeoutNs: TIMEOUT_NS });
    const naive = new NaiveOutstanding(places);
    let nowNs = 0;
    for (const taken of steps) {
      if (taken.act === "open" && ring.room > 0) {
        nowNs += taken.afterNs;
        const query = { sentNs: nowNs, key: naive.next * 3 };
        ring.open({ ...query, intendedNs: nowNs - 1 });
        naive.use(query);
      } else if (taken.act === "skip" && ring.room > 0) {
        ring.skip();
        naive.use(null);
      } else if (taken.act === "match") {
        const sequence = Math.max(0, naive.next - taken.back);
        const known = naive.queries.get(sequence);
        if (known !== undefined) expect([ring.key(sequence), ring.intendedNs(sequence)]).toEqual([known.key, known.sentNs - 1]);
        expect(ring.match(sequence)).toBe(naive.match(sequence));
      } else if (taken.act === "withdraw") {
        const sequence = Math.max(0, naive.next - taken.back);
        ring.withdraw(sequence);
        naive.withdraw(sequence);
      } else if (taken.act === "expire") {
        nowNs += taken.afterNs;
        expect(expire(ring, nowNs)).toEqual(naive.expire(nowNs));
        expect(ring.room).toBe(places - (naive.next - (naive.waiting()[0] ?? naive.next)));
      }
      const waiting = naive.waiting();
      expect([ring.waiting, ring.nextSequence]).toEqual([waiting.length, naive.next]);
      const oldest = naive.queries.get(waiting[0] ?? -1);
      expect(ring.nextExpiryNs()).toBe(oldest === undefined ? null : oldest.sentNs + TIMEOUT_NS);
    }
  }), { numRuns: 300 });
});
