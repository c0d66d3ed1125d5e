import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { BATCH } from "../../src/libc/messages.ts";
import { flowAt } from "../../src/plan/flows.ts";
import type { AddressRange, PortRange } from "../../src/plan/plan.ts";
import { Account } from "../../src/sender/account.ts";
import { createContext } from "../../src/sender/engines/libc/context.ts";
import { Sweep } from "../../src/sender/engines/libc/sweep.ts";
import type { Transport } from "../../src/sender/load-loop.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";
import { sequenceOf } from "../../src/wire/query.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";
import { FakeLibc } from "../libc/fake-libc.ts";

const EPERM = 1;
const ENOBUFS = 105;

/** A packet as the kernel saw it: from which flow, which query, and whether it was refused. */
interface Seen {
  address: number;
  port: number;
  sequence: number;
  errno: number;
}

/** sendmmsg as Linux does it: a refusal in mid-batch ends the call with the count sent, and its errno is lost. */
class RefusingLibc extends FakeLibc {
  readonly seen: Seen[] = [];
  readonly #errnoOf: (attempt: number) => number;

  constructor(errnoOf: (attempt: number) => number) {
    super();
    this.#errnoOf = errnoOf;
  }

  override sendmmsg(fd: number, messages: number, count: number): number {
    for (let i = 0; i < count; i++) {
      const header = messages + i * 64;
      const iovec = this.pointer(header + 16);
      const packet = this.at(this.pointer(iovec));
      const bytes = new Uint8Array(packet.buffer, packet.byteOffset);
      const errno = this.#errnoOf(this.seen.length);
      this.seen.push({
        address: this.at(this.pointer(header + 32)).getUint32(20),
        port: this.ports.get(fd) ?? 0,
        sequence: sequenceOf(bytes, 0, this.pointer(iovec + 8)),
        errno,
      });
      if (errno === 0) continue;
      if (i > 0) return i;
      this.lastErrno = errno;
      return -1;
    }
    return count;
  }
}

interface World {
  libc: RefusingLibc;
  account: Account;
  outstanding: Outstanding;
  transport: Transport;
}

function create(errnoOf: (attempt: number) => number, { sources, ports, most = 100 }: { sources: AddressRange; ports: PortRange; most?: number } = SPACE): World {
  const libc = new RefusingLibc(errnoOf);
  const account = new Account({ paced: false });
  const outstanding = new Outstanding({ places: 1 << 14, timeoutNs: 1e9 });
  const clock: Clock = { nowNs: () => 5 };
  const template = queryTemplate({ name: "load.test", type: "A" });
  const context = createContext({ libc, clock, account, outstanding, template, target: { address: "127.0.0.53", port: 53 } });
  return { libc, account, outstanding, transport: new Sweep(context, { sources, ports, most }) };
}

const SPACE = { sources: { base: 0x7f40_0000, size: 1000 }, ports: { first: 20_000, last: 20_001 } };
/** Refuses the attempts at these indexes, counted as the kernel sees them. */
const refusing = (errno: number, ...attempts: number[]) => (attempt: number): number => (attempts.includes(attempt) ? errno : 0);

describe("sweep", () => {
  it("sends one query from each flow in turn, a batch at a time, around and around", () => {
    const space = { sources: { base: 0x7f40_0000, size: 3 }, ports: { first: 20_000, last: 20_001 } };
    const { libc, account, transport } = create(() => 0, space);
    transport.send(8, () => 1);
    expect(libc.seen.map(({ address, port }) => ({ address, port }))).toEqual(Array.from({ length: 8 }, (_, i) => flowAt(space, i)));
    expect(libc.seen.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(account.takeTick()).toMatchObject({ attempted: 8, sent: 8, failed: {} });
  });

  it("opens the next port in place of the oldest, where only so many may be open", () => {
    const space = { sources: { base: 0x7f40_0000, size: 3 }, ports: { first: 20_000, last: 20_004 } };
    const { libc, transport } = create(() => 0, { ...space, most: 2 });
    const open = (): number[] => [...libc.ports].filter(([fd]) => !libc.closed.includes(fd)).map(([, port]) => port).sort();
    const seen = Array.from({ length: 20 }, () => {
      transport.send(1, () => 1);
      return open();
    });
    expect(libc.seen.map(({ address, port }) => ({ address, port }))).toEqual(Array.from({ length: 20 }, (_, i) => flowAt(space, i)));
    expect([seen[0], seen[5], seen[6], seen[9], seen[12], seen[15], seen[19]]).toEqual([
      [20_000, 20_001], [20_000, 20_001], [20_001, 20_002], [20_002, 20_003], [20_003, 20_004], [20_000, 20_004], [20_000, 20_001],
    ]);
    transport.close();
    expect(open()).toEqual([]);
  });

  it("books each query with the time it was meant for", () => {
    // The second packet is refused, without a word; its flow is tried again, and goes.
    const { outstanding, transport } = create(refusing(EPERM, 1));
    transport.send(4, (i) => 100 + i);
    expect([0, 1, 2, 3].map((sequence) => outstanding.match(sequence))).toEqual(["answered", "unasked", "answered", "answered"]);
    expect([0, 2, 3].map((sequence) => outstanding.intendedNs(sequence))).toEqual([100, 102, 103]);
  });

  it("tries the flow again whose refusal was not told, and takes its errno", () => {
    const { libc, account, transport } = create(refusing(EPERM, 2, 3));
    transport.send(10, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 10, sent: 8, failed: { EPERM: 2 } });
    const offset = libc.seen.map(({ address }) => address - SPACE.sources.base);
    expect(offset.slice(0, 6)).toEqual([0, 1, 2, 2, 3, 4]);
    const [first, second] = account.takeFailures();
    expect(first).toMatchObject({ errno: "EPERM", call: "sendmmsg", source: "127.64.0.2:20000", destination: "127.0.0.53:53" });
    expect(first?.words).toBe("write udp 127.64.0.2:20000->127.0.0.53:53: write: operation not permitted");
    expect(second?.source).toBe("127.64.0.2:20000");
  });

  it("does not take the errno of a later refusal for it", () => {
    const { account, transport } = create((attempt) => (attempt === 4 ? ENOBUFS : attempt === 2 || attempt === 3 ? EPERM : 0));
    transport.send(10, () => 1);
    expect(account.takeTick().failed).toEqual({ EPERM: 2, ENOBUFS: 1 });
  });

  it("waits for the first errno there is", () => {
    const { account, transport } = create(refusing(EPERM, 5, 8));
    transport.send(10, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 10, sent: 8, failed: { EPERM: 2 } });
  });

  it("falls back to the last errno known when the flow goes the second time", () => {
    // Attempt 0 shows its errno; of 400, in the middle of a batch, nobody learns it.
    const { account, transport } = create(refusing(ENOBUFS, 0, 400));
    transport.send(500, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 500, sent: 498, failed: { ENOBUFS: 2 } });
  });

  it("says that it does not know when it never saw an errno", () => {
    const { account, transport } = create(refusing(EPERM, 5));
    transport.send(10, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 9, sent: 9, failed: {} });
    transport.close();
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 0, failed: { unknown: 1 } });
  });

  it("books a refusal that is still untold when the load ends, and closes every socket", () => {
    const { libc, account, transport } = create(refusing(EPERM, 3));
    transport.send(4, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3 });
    transport.close();
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 0, failed: { unknown: 1 } });
    expect(libc.closed.sort()).toEqual([...libc.ports.keys()].sort());
    expect([...libc.ports.values()]).toEqual([20_000, 20_001]);
  });

  it("makes a call for each after a refusal, until 256 have gone", () => {
    const sizes: number[] = [];
    const { libc, transport } = create(refusing(EPERM, 0));
    const send = libc.sendmmsg.bind(libc);
    libc.sendmmsg = (fd, messages, count) => {
      sizes.push(count);
      return send(fd, messages, count);
    };
    transport.send(1 + 256 + 2 * BATCH, () => 1);
    // What is left of the refused batch, and whole batches then.
    expect(sizes).toEqual([BATCH, ...Array.from({ length: BATCH - 1 + 4 * BATCH }, () => 1), BATCH, 1]);
  });
});

it("counts every attempt as the kernel does, whatever is refused, and leaves no flow out", () => {
  const space = fc.record({
    sources: fc.record({ base: fc.constant(0x7f40_0000), size: fc.integer({ min: 1, max: 100 }) }),
    ports: fc.integer({ min: 20_000, max: 20_003 }).map((last) => ({ first: 20_000, last })),
  });
  // Runs of refusals and of successes, then over again.
  const pattern = fc.array(fc.tuple(fc.constantFrom(0, 0, EPERM, ENOBUFS), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 8 });
  const wanted = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(space, pattern, wanted, ({ sources, ports }, runs, sends) => {
    const script = runs.flatMap(([errno, length]) => Array.from({ length }, () => errno));
    const { libc, account, outstanding, transport } = create((attempt) => script[attempt % script.length] ?? 0, { sources, ports });
    let expected = 0;
    for (const count of sends) {
      transport.send(count, () => 1);
      expected += count;
      expect(libc.seen).toHaveLength(expected);
      // Refusals whose errno is not known yet are not booked yet.
      expect(account.attempted).toBeLessThanOrEqual(expected);
    }
    transport.close();

    const sent = libc.seen.filter(({ errno }) => errno === 0);
    const { attempted, sent: booked, failed } = account.takeTick();
    expect([attempted, booked]).toEqual([expected, sent.length]);
    expect(Object.values(failed).reduce((sum, count) => sum + count, 0)).toBe(expected - sent.length);

    // Every flow follows the one before, or is the same one again after a refusal.
    let index = 0;
    for (const [i, { address, port }] of libc.seen.entries()) {
      if (i > 0) {
        const again = libc.seen[i - 1]?.errno !== 0 && address === libc.seen[i - 1]?.address && port === libc.seen[i - 1]?.port;
        if (!again) index++;
      }
      expect({ address, port }).toEqual(flowAt({ sources, ports }, index));
    }

    // What went can be answered, each once; what was refused cannot.
    expect(outstanding.waiting).toBe(sent.length);
    for (const { sequence } of sent) expect(outstanding.match(sequence)).toBe("answered");
    expect(outstanding.waiting).toBe(0);
  }), { numRuns: 200 });
});
