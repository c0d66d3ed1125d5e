import { constants } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Account } from "../../src/sender/account.ts";
import { createContext } from "../../src/sender/engines/libc/context.ts";
import { tcpPerQuery } from "../../src/sender/engines/libc/tcp-per-query.ts";
import { tcpPersistent } from "../../src/sender/engines/libc/tcp-persistent.ts";
import type { Transport } from "../../src/sender/load-loop.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";
import { eachMessage } from "../../src/wire/framing.ts";
import { sequenceOf } from "../../src/wire/query.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";
import { FakeTcp, type Peer } from "../libc/fake-tcp.ts";

const { ECONNREFUSED } = constants.errno;
const MS = 1e6;
const TIMEOUT_NS = 500 * MS;
const TEMPLATE = queryTemplate({ name: "load.test", type: "A" });
const QUERY_BYTES = TEMPLATE.length + 2;

interface World {
  tcp: FakeTcp;
  account: Account;
  outstanding: Outstanding;
  transport: Transport;
  /** Time passes, what has come is taken, what is too old is given up: as the sending loop does. */
  turn: (ns?: number) => void;
}

function create(strategy: "per-query" | number, accepts: (n: number) => Peer["state"]): World {
  const tcp = new FakeTcp(accepts);
  const account = new Account({ paced: false });
  const outstanding = new Outstanding({ places: 1 << 10, timeoutNs: TIMEOUT_NS });
  const context = createContext({ libc: tcp, clock: tcp, account, outstanding, template: TEMPLATE, target: { address: "127.0.0.53", port: 53 } });
  const transport = strategy === "per-query" ? tcpPerQuery(context, null) : tcpPersistent(context, { count: strategy, timeoutNs: TIMEOUT_NS });
  const turn = (ns = 0): void => {
    tcp.pass(ns);
    transport.receive();
    outstanding.expire(tcp.nowNs(), (key) => transport.expired(key));
  };
  return { tcp, account, outstanding, transport, turn };
}

/** The sequence numbers of the whole queries that a peer has received. */
function queriesAt(peer: Peer): number[] {
  const bytes = Uint8Array.from(peer.received);
  const sequences: number[] = [];
  eachMessage(bytes, 0, bytes.length, (offset, length) => sequences.push(sequenceOf(bytes, offset, length)));
  return sequences;
}

/** Answers to all that a peer has received, as one stream. */
function answersOf(peer: Peer): number[] {
  const bytes = Uint8Array.from(peer.received);
  const stream: number[] = [];
  eachMessage(bytes, 0, bytes.length, (offset, length) => {
    const answer = bytes.slice(offset, offset + length);
    answer[2] = (answer[2] ?? 0) | 0x80;
    stream.push(length >> 8, length & 255, ...answer);
  });
  return stream;
}

const NOTHING = { attempted: 0, sent: 0, failed: {}, answered: {}, unanswered: 0 };

describe("tcp-persistent", () => {
  it("opens its connections first, and uses them in turn", () => {
    const { tcp, account, outstanding, transport, turn } = create(3, () => "made");
    expect(tcp.open).toHaveLength(3);
    transport.send(7, () => 0);
    expect(tcp.open.map(queriesAt)).toEqual([[0, 3, 6], [1, 4], [2, 5]]);
    for (const peer of tcp.open) tcp.answer(peer, answersOf(peer));
    turn();
    expect(account.takeTick()).toMatchObject({ attempted: 7, sent: 7, failed: {}, answered: { NOERROR: 7 } });
    expect(outstanding.waiting).toBe(0);
    expect(tcp.peers).toHaveLength(3);
  });

  it("reads answers that come in pieces", () => {
    const { tcp, account, transport, turn } = create(1, () => "made");
    const [peer] = tcp.open as [Peer];
    transport.send(5, () => 0);
    const stream = answersOf(peer);
    for (let at = 0; at < stream.length; at += 7) {
      tcp.answer(peer, stream.slice(at, at + 7));
      turn();
    }
    expect(account.takeTick()).toMatchObject({ answered: { NOERROR: 5 }, stray: 0 });
  });

  it("lets queries wait for a connection, and sends them when it is there", () => {
    const { tcp, account, outstanding, transport, turn } = create(2, () => "pending");
    // The preparation has waited in vain for 2 s, and begins anew when the load does.
    transport.send(3, () => 0);
    expect([transport.unsent?.(), outstanding.waiting]).toEqual([3, 3]);
    turn();
    const [first] = tcp.open as [Peer];
    tcp.make(first);
    turn();
    expect(queriesAt(first)).toEqual([0, 1, 2]);
    expect(transport.unsent?.()).toBe(0);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3, failed: {} });
  });

  it("refuses a query that had no connection within the timeout: it was never sent", () => {
    const { tcp, account, transport, turn } = create(2, () => "pending");
    transport.send(3, () => 0);
    turn(TIMEOUT_NS - 1);
    expect(account.takeTick()).toMatchObject(NOTHING);
    turn(1);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 0, failed: { ETIMEDOUT: 3 }, unanswered: 0 });
    expect(account.takeFailures()[0]).toMatchObject({ call: "connect", words: expect.stringMatching(/^dial tcp .*: i\/o timeout$/) });
    expect(transport.unsent?.()).toBe(0);
    // Connections that are not there in time are begun anew, from another port.
    expect(tcp.open).toHaveLength(2);
    expect(tcp.peers.length).toBeGreaterThan(2);
  });

  it("refuses queries with the errno that no connection can be made for, and tries again after a pause", () => {
    const { tcp, account, transport, turn } = create(1, (n) => (n < 2 ? ECONNREFUSED : "made"));
    transport.send(1, () => 0);
    turn();
    turn();
    expect(account.takeTick()).toMatchObject({ attempted: 1, failed: { ECONNREFUSED: 1 } });
    expect(account.takeFailures()[0]?.words).toMatch(/^dial tcp .*: connect: connection refused$/);
    for (let attempts = 1; attempts <= 2; attempts++) {
      expect(tcp.peers).toHaveLength(attempts);
      turn(100 * MS);
      turn();
    }
    transport.send(1, () => 0);
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 1 });
    expect(tcp.peers).toHaveLength(3);
  });

  it("finishes a query that went in part before the next, and lets others wait for room", () => {
    const { tcp, account, transport, turn } = create(1, () => "made");
    const [peer] = tcp.open as [Peer];
    peer.room = QUERY_BYTES + 5;
    transport.send(4, () => 0);
    expect(account.takeTick()).toMatchObject({ attempted: 2, sent: 2, failed: {} });
    expect([transport.unsent?.(), queriesAt(peer)]).toEqual([2, [0]]);
    peer.room = 1000;
    tcp.answer(peer, []);
    turn();
    transport.send(1, () => 0);
    expect(queriesAt(peer)).toEqual([0, 1, 2, 3, 4]);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3 });
  });

  it("refuses with EAGAIN what finds no room within the timeout, and uses the connections that have some", () => {
    const { tcp, account, transport, turn } = create(2, () => "made");
    const [full, other] = tcp.open as [Peer, Peer];
    full.room = 0;
    transport.send(3, () => 0);
    expect(queriesAt(other)).toEqual([0, 1, 2]);
    other.room = 0;
    transport.send(2, () => 0);
    turn(TIMEOUT_NS);
    expect(account.takeTick()).toMatchObject({ attempted: 5, sent: 3, failed: { EAGAIN: 2 }, unanswered: 3 });
    expect(account.takeFailures()[0]?.words).toMatch(/^write tcp .*: write: resource temporarily unavailable$/);
  });

  it("makes a connection anew that the other side ended; what was sent on it is left to the timeout", () => {
    const { tcp, account, transport, turn } = create(1, () => "made");
    transport.send(2, () => 0);
    tcp.end(tcp.open[0] as Peer);
    turn(98 * MS);
    // So young a connection is not made anew at once: a server that takes none would be stormed.
    expect(tcp.peers).toHaveLength(1);
    turn(2 * MS);
    expect(tcp.peers).toHaveLength(2);
    turn();
    transport.send(1, () => 0);
    expect(queriesAt(tcp.open[0] as Peer)).toEqual([2]);
    turn(TIMEOUT_NS);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3, failed: {}, unanswered: 3 });
  });

  it("closes every connection", () => {
    const { tcp, transport } = create(4, (n) => (n % 2 === 0 ? "made" : "pending"));
    transport.close();
    expect(tcp.open).toEqual([]);
  });
});

describe("tcp-per-query", () => {
  it("makes a connection for each query and closes it after the answer", () => {
    const { tcp, account, outstanding, transport, turn } = create("per-query", () => "made");
    transport.send(3, () => 0);
    turn();
    expect(tcp.open.map(queriesAt)).toEqual([[0], [1], [2]]);
    for (const peer of tcp.open) tcp.answer(peer, answersOf(peer));
    turn();
    expect(tcp.open).toEqual([]);
    expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3, answered: { NOERROR: 3 } });
    expect(outstanding.waiting).toBe(0);
  });

  it("refuses a query whose connection is not there in time, and books one without answer as sent", () => {
    const { tcp, account, transport, turn } = create("per-query", (n) => (n === 0 ? "made" : "pending"));
    transport.send(3, () => 0);
    turn();
    expect(transport.unsent?.()).toBe(2);
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 1 });
    turn(TIMEOUT_NS);
    expect(account.takeTick()).toMatchObject({ attempted: 2, sent: 0, failed: { ETIMEDOUT: 2 }, unanswered: 1 });
    expect([transport.unsent?.(), tcp.open.length]).toEqual([0, 0]);
  });

  it("takes the errno of a connection that failed", () => {
    const { tcp, account, outstanding, transport, turn } = create("per-query", () => ECONNREFUSED);
    transport.send(1, () => 0);
    turn();
    expect(account.takeTick()).toMatchObject({ attempted: 1, sent: 0, failed: { ECONNREFUSED: 1 } });
    expect([tcp.open.length, outstanding.waiting, transport.unsent?.()]).toEqual([0, 0, 0]);
  });
});

it("keeps its books whatever becomes of connections, and no query is sent in part", () => {
  const step = fc.oneof(
    fc.record({ send: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ pass: fc.integer({ min: 0, max: 700 }) }),
    fc.record({ peer: fc.nat(20), fate: fc.constantFrom("make", "refuse", "end", "answer", "room") }),
  );
  const strategy = fc.oneof(fc.constant("per-query" as const), fc.integer({ min: 1, max: 4 }));
  fc.assert(fc.property(strategy, fc.constantFrom<Peer["state"]>("made", "pending"), fc.array(step, { maxLength: 60 }), (kind, state, steps) => {
    const { tcp, account, outstanding, transport, turn } = create(kind, () => state);
    const answered = new Set<Peer>();
    let begun = 0;
    for (const one of steps) {
      if ("send" in one) {
        begun += one.send;
        transport.send(one.send, () => 0);
      } else if ("pass" in one) {
        turn(one.pass * MS);
      } else {
        const peer = tcp.open[one.peer % Math.max(1, tcp.open.length)];
        if (peer === undefined) continue;
        if (one.fate === "room") peer.room = one.peer * 3;
        if (one.fate === "make" && peer.state === "pending") tcp.make(peer);
        if (one.fate === "refuse" && peer.state === "pending") tcp.make(peer, ECONNREFUSED);
        if (one.fate === "end" && peer.state === "made") tcp.end(peer);
        if (one.fate === "answer" && peer.state === "made" && !answered.has(peer)) {
          answered.add(peer);
          tcp.answer(peer, answersOf(peer));
        }
      }
    }
    outstanding.expire(Number.POSITIVE_INFINITY, (key) => transport.expired(key));
    transport.close();
    const { attempted, sent, failed, answered: answers, unanswered, late, stray } = account.takeTick();
    const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
    expect(attempted).toBe(begun);
    expect(attempted).toBe(sent + sum(failed));
    expect(sent).toBe(sum(answers) + unanswered + late);
    expect(stray).toBe(0);
    expect(transport.unsent?.()).toBe(0);
    expect(tcp.open).toEqual([]);
    // No query goes twice, and what a connection received begins with whole queries.
    const all = tcp.peers.flatMap(queriesAt);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeLessThanOrEqual(sent);
  }), { numRuns: 300 });
});

it.each(["per-query", 2] as const)("%s: a query that waits for its connection when the load is stopped is neither sent nor refused", (strategy) => {
  const { account, outstanding, transport } = create(strategy, () => "pending");
  transport.send(3, () => 0);
  account.stop();
  outstanding.eachWaiting((key) => transport.expired(key));
  transport.close();
  expect(account.takeTick()).toMatchObject(NOTHING);
  expect(outstanding.waiting - (transport.unsent?.() ?? 0)).toBe(0);
});

it.each(["per-query", 2] as const)("%s: a query that was sent stays open when the load is stopped", (strategy) => {
  const { account, outstanding, transport, turn } = create(strategy, () => "made");
  transport.send(3, () => 0);
  turn();
  account.stop();
  outstanding.eachWaiting((key) => transport.expired(key));
  transport.close();
  expect(account.takeTick()).toMatchObject({ attempted: 3, sent: 3, failed: {}, unanswered: 0 });
  expect(outstanding.waiting - (transport.unsent?.() ?? 0)).toBe(3);
});
