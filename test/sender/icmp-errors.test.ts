import { constants } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { Account } from "../../src/sender/account.ts";
import { createContext } from "../../src/sender/engines/libc/context.ts";
import { perQuery } from "../../src/sender/engines/libc/per-query.ts";
import { pool } from "../../src/sender/engines/libc/pool.ts";
import { Sweep } from "../../src/sender/engines/libc/sweep.ts";
import type { Transport } from "../../src/sender/load-loop.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";
import { FakeLibc } from "../libc/fake-libc.ts";

const { EAGAIN, ECONNREFUSED, EHOSTUNREACH, EPERM } = constants.errno;
const MSG_ERRQUEUE = 0x2000;
const EPOLLERR = 8;
const POLLERR = 8;

/** What becomes of a packet: it is refused with this errno, or leaves, and ICMP says this of it at once, as on loopback. */
type Fate = { refused: number } | { icmp: number } | "sent";

/** Sockets with IP_RECVERR as Linux has them: what ICMP says waits in a queue, and fails the next call that is not to read that queue. */
class IcmpLibc extends FakeLibc {
  left = 0;
  refused = 0;
  icmp = 0;
  readonly #fates: (packet: number) => Fate;
  readonly #queues = new Map<number, number[]>();
  readonly #pending = new Map<number, number>();
  readonly #watched = new Map<number, number>();
  #packets = 0;

  constructor(fates: (packet: number) => Fate) {
    super();
    this.#fates = fates;
  }

  #fail(errno: number): number {
    this.lastErrno = errno;
    return -1;
  }

  /** Sends one packet: 0, or -1 as the call does. */
  #packet(fd: number): number {
    const pending = this.#pending.get(fd);
    if (pending !== undefined) {
      this.#pending.delete(fd);
      return this.#fail(pending);
    }
    const fate = this.#fates(this.#packets++);
    if (typeof fate === "object" && "refused" in fate) {
      this.refused++;
      return this.#fail(fate.refused);
    }
    this.left++;
    if (fate !== "sent") this.say(fd, fate.icmp);
    return 0;
  }

  /** ICMP says something of a packet that this socket sent. */
  say(fd: number, errno: number): void {
    this.icmp++;
    this.#queues.set(fd, [...(this.#queues.get(fd) ?? []), errno]);
    this.#pending.set(fd, errno);
  }

  override send = (fd: number): number => this.#packet(fd);

  override sendmmsg(fd: number, _messages: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.#packet(fd) < 0) return i === 0 ? -1 : i;
    return count;
  }

  override recvmmsg = (fd: number, headers: number, count: number, flags: number): number => {
    const pending = this.#pending.get(fd);
    if ((flags & MSG_ERRQUEUE) === 0) {
      this.#pending.delete(fd);
      return this.#fail(pending ?? EAGAIN);
    }
    const queue = this.#queues.get(fd) ?? [];
    const taken = queue.splice(0, count);
    for (const [i, errno] of taken.entries()) {
      const header = headers + i * 64;
      // Room for a cmsghdr, a sock_extended_err and a sockaddr_in; the kernel says how much it used.
      expect(this.at(header).getUint32(40, true)).toBe(48);
      this.at(header).setUint32(40, 48, true);
      this.at(this.pointer(header + 32)).setUint32(16, errno, true);
    }
    if (queue.length === 0) this.#pending.delete(fd);
    return taken.length === 0 ? this.#fail(EAGAIN) : taken.length;
  };

  override epoll_ctl = (_epoll: number, _operation: number, fd: number, event: number): number => {
    this.#watched.set(fd, this.at(event).getUint32(process.arch === "x64" ? 4 : 8, true));
    return 0;
  };

  /** Whether no error waits to be told. */
  told(): boolean {
    return this.#failed().length === 0;
  }

  /** Sockets that are open and have an error to tell. */
  #failed(): number[] {
    return [...this.#queues].filter(([fd, queue]) => queue.length > 0 && !this.closed.includes(fd)).map(([fd]) => fd);
  }

  override epoll_wait = (_epoll: number, events: number): number => {
    const failed = this.#failed().filter((fd) => this.#watched.has(fd));
    const bytes = process.arch === "x64" ? 12 : 16;
    for (const [i, fd] of failed.entries()) {
      this.at(events + i * bytes).setUint32(0, EPOLLERR, true);
      this.at(events + i * bytes).setUint32(process.arch === "x64" ? 4 : 8, this.#watched.get(fd) ?? 0, true);
    }
    return failed.length;
  };

  override ppoll = (fds: number, count: number): number => {
    const failed = new Set(this.#failed());
    let told = 0;
    for (let i = 0; i < count; i++) {
      const pollfd = this.at(fds + i * 8);
      const here = failed.has(pollfd.getInt32(0, true));
      pollfd.setInt16(6, here ? POLLERR : 0, true);
      if (here) told++;
    }
    return told;
  };
}

interface World {
  libc: IcmpLibc;
  account: Account;
  outstanding: Outstanding;
  transport: Transport;
}

const STRATEGIES = {
  pool: (context: ReturnType<typeof createContext>): Transport => pool(context, 3),
  sweep: (context: ReturnType<typeof createContext>): Transport => new Sweep(context, { sources: { base: 0x7f40_0000, size: 40 }, ports: { first: 20_000, last: 20_002 }, most: 3 }),
  "per-query": (context: ReturnType<typeof createContext>): Transport => perQuery(context, null),
};

function create(strategy: keyof typeof STRATEGIES, fates: (packet: number) => Fate): World {
  const libc = new IcmpLibc(fates);
  const account = new Account({ paced: false });
  const outstanding = new Outstanding({ places: 1 << 14, timeoutNs: 1e9 });
  const clock: Clock = { nowNs: () => 5 };
  const template = queryTemplate({ name: "load.test", type: "A" });
  const context = createContext({ libc, clock, account, outstanding, template, target: { address: "127.0.0.53", port: 53 } });
  return { libc, account, outstanding, transport: STRATEGIES[strategy](context) };
}

const names = Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[];

describe.each(names)("what ICMP says of earlier packets, %s", (strategy) => {
  it("is no refusal of the next", () => {
    const { libc, account, outstanding, transport } = create(strategy, () => ({ icmp: ECONNREFUSED }));
    transport.send(40, () => 1);
    transport.receive();
    expect(libc.left).toBe(40);
    expect(account.takeTick()).toMatchObject({ attempted: 40, sent: 40, failed: {}, icmp: { ECONNREFUSED: 40 } });
    // An answer may still come.
    expect(outstanding.waiting).toBe(40);
  });

  it("is taken where nothing is sent any more, so that the loop can sleep", () => {
    const { libc, account, transport } = create(strategy, () => "sent");
    transport.send(3, () => 1);
    const fd = 11;
    for (let i = 0; i < 40; i++) libc.say(fd, EHOSTUNREACH);
    transport.receive();
    expect(account.takeTick()).toMatchObject({ sent: 3, failed: {}, icmp: { EHOSTUNREACH: 40 } });
    expect(libc.told()).toBe(true);
  });

  it("is told apart from refusals, whatever mixture of them comes", () => {
    const fate = fc.oneof(
      { weight: 3, arbitrary: fc.constant<Fate>("sent") },
      { weight: 2, arbitrary: fc.constantFrom<Fate>({ icmp: ECONNREFUSED }, { icmp: EHOSTUNREACH }) },
      { weight: 2, arbitrary: fc.constantFrom<Fate>({ refused: EPERM }, { refused: EAGAIN }) },
    );
    fc.assert(fc.property(fc.array(fate, { minLength: 1, maxLength: 40 }), fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }), (fates, sends) => {
      const { libc, account, transport } = create(strategy, (packet) => fates[packet % fates.length] as Fate);
      for (const count of sends) {
        transport.send(count, () => 1);
        transport.receive();
      }
      transport.close();
      const { attempted, sent, failed, icmp } = account.takeTick();
      const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
      expect({ attempted, sent, failed: sum(failed), icmp: sum(icmp) }).toEqual({
        attempted: sends.reduce((total, count) => total + count, 0), sent: libc.left, failed: libc.refused, icmp: libc.icmp,
      });
    }), { numRuns: 300 });
  });
});

it("an errno that never stops is a refusal in the end", () => {
  for (const strategy of ["pool", "sweep"] as const) {
    const { libc, account, transport } = create(strategy, () => ({ refused: ECONNREFUSED }));
    transport.send(1, () => 1);
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 0, failed: { ECONNREFUSED: 1 } });
    expect(libc.refused).toBeLessThan(10);
  }
});
