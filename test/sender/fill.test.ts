import { expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { Fill } from "../../src/sender/engines/libc/fill.ts";
import type { FillJob } from "../../src/sender/protocol.ts";
import { answerTemplate, queryTemplate } from "../../src/wire/query-template.ts";
import { FakeLibc } from "../libc/fake-libc.ts";

const MS = 1e6;
const TEMPLATE = queryTemplate({ name: "fill.test", type: "A" });
const POLLFD_BYTES = 8;
const HEADER_BYTES = 64;

/** Sockets with datagrams that wait to be read. */
class Arrivals extends FakeLibc {
  /** By socket. */
  readonly arrived = new Map<number, Uint8Array[]>();

  arrive(fd: number, datagram: Uint8Array): void {
    this.arrived.set(fd, [...(this.arrived.get(fd) ?? []), datagram]);
  }

  override recvmmsg = (fd: number, headers: number, count: number): number => {
    const taken = (this.arrived.get(fd) ?? []).splice(0, count);
    for (const [i, answer] of taken.entries()) {
      const header = headers + i * HEADER_BYTES;
      const { buffer, byteOffset } = this.at(this.pointer(this.pointer(header + 16)));
      new Uint8Array(buffer, byteOffset).set(answer);
      this.at(header).setUint32(56, answer.length, true);
    }
    return taken.length === 0 ? -1 : taken.length;
  };
}

/** A resolver that answers whatever it was asked, from a moment on. Time passes while somebody waits for it. */
class LateResolver extends Arrivals implements Clock {
  readonly #fromNs: number;
  #nowNs = 0;

  constructor(fromNs: number) {
    super();
    this.#fromNs = fromNs;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  override sendmmsg(fd: number, messages: number, count: number): number {
    for (let i = 0; i < count; i++) {
      const iovec = this.pointer(messages + i * HEADER_BYTES + 16);
      const { buffer, byteOffset } = this.at(this.pointer(iovec));
      const answer = new Uint8Array(buffer, byteOffset).slice(0, this.pointer(iovec + 8));
      answer[2] = (answer[2] ?? 0) | 0x80;
      this.arrive(fd, answer);
    }
    return count;
  }

  override ppoll = (polled: number, used: number, timeout: number): number => {
    this.#nowNs += 1000 + this.pointer(timeout) * 1e9 + this.pointer(timeout + 8);
    let ready = 0;
    for (let place = 0; place < used; place++) {
      const entry = this.at(polled + place * POLLFD_BYTES);
      const readable = this.#nowNs >= this.#fromNs && (this.arrived.get(entry.getInt32(0, true)) ?? []).length > 0;
      entry.setUint16(6, readable ? 1 : 0, true);
      if (readable) ready++;
    }
    return ready;
  };
}

function fill(fromNs: number, flows: number): { run: () => ReturnType<Fill["run"]>; libc: LateResolver } {
  const libc = new LateResolver(fromNs);
  const job: FillJob = {
    kind: "fill", by: "traffic", engine: "libc", phase: 0, threads: 1, state: "replied", answer: null, flows, template: TEMPLATE,
    target: { address: "127.0.0.53", port: 53 }, sources: { base: 0x7f400001, size: 64 }, ports: { first: 20_000, last: 20_063 },
  };
  return { libc, run: () => new Fill({ libc, clock: libc, job, stopped: () => false }).run() };
}

it.each([[100], [4000]])("a fill of %i flows waits for a resolver that is late at first", (flows) => {
  expect(fill(1500 * MS, flows).run()).toMatchObject({ flows, replied: flows, failed: {} });
});

it.each([[100], [4000]])("a fill of %i flows gives up, soon, where nobody answers", (flows) => {
  const { libc, run } = fill(Number.POSITIVE_INFINITY, flows);
  expect(run).toThrow("no answer from 127.0.0.53:53");
  expect(libc.nowNs()).toBeLessThan(5000 * MS);
});

const TICK_NS = 4 * MS;
const QUIET_MS = 100;
/** Who sent what, in the order of sending, and by which clock. */
interface Sent {
  fd: number;
  bytes: number;
  port: number;
  atTickNs: number;
}

/** A kernel whose ticks are late, and that loses or refuses what it is told to. Answers reach the socket of the port they are sent to. */
class OwnKernel extends Arrivals implements Clock {
  readonly sent: Sent[] = [];
  readonly #loses: (nth: number) => boolean;
  readonly #refuses: (nth: number) => boolean;
  readonly #callMs: number;
  #opened = 0;
  #answered = 0;
  #nowNs = 0;

  constructor({ loses = () => false, refuses = () => false, callMs = 0 }: { loses?: (nth: number) => boolean; refuses?: (nth: number) => boolean; callMs?: number }) {
    super();
    this.#callMs = callMs;
    this.#loses = loses;
    this.#refuses = refuses;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  /** Behind by up to two ticks. */
  #tickNs(): number {
    return Math.max(0, Math.floor(this.#nowNs / (3 * TICK_NS)) * 3 * TICK_NS - TICK_NS);
  }

  override clock_gettime = (_clock = 0, at = 0): number => this.#writeTime(at, this.#tickNs());
  override clock_getres = (_clock = 0, at = 0): number => this.#writeTime(at, TICK_NS);

  #writeTime(at: number, ns: number): number {
    this.at(at).setBigInt64(0, BigInt(Math.floor(ns / 1e9)), true);
    this.at(at).setBigInt64(8, BigInt(ns % 1e9), true);
    return 0;
  }

  override sendmmsg(fd: number, messages: number, count: number): number {
    this.#nowNs += this.#callMs * MS;
    for (let i = 0; i < count; i++) {
      const header = messages + i * HEADER_BYTES;
      const port = this.at(this.pointer(header)).getUint16(2);
      const iovec = this.pointer(header + 16);
      const bytes = this.pointer(iovec + 8);
      if (port === 53 && this.#refuses(this.#opened++)) {
        this.lastErrno = 1;
        return i === 0 ? -1 : i;
      }
      this.sent.push({ fd, bytes, port, atTickNs: this.#tickNs() });
      if (port !== 53 && !this.#loses(this.#answered++)) this.#deliver(port, iovec, bytes);
    }
    return count;
  }

  #deliver(port: number, iovec: number, bytes: number): void {
    const to = [...this.ports].find(([, bound]) => bound === port)?.[0] ?? -1;
    const { buffer, byteOffset } = this.at(this.pointer(iovec));
    this.arrive(to, new Uint8Array(buffer, byteOffset).slice(0, bytes));
  }

  override ppoll = (_polled: number, _used: number, timeout: number): number => {
    this.#nowNs += 1000 + this.pointer(timeout) * 1e9 + this.pointer(timeout + 8);
    return 0;
  };
}

function answeringItself(libc: OwnKernel, state: "replied" | "assured", flows: number): ReturnType<Fill["run"]> {
  const answer = answerTemplate({ name: "fill.test", type: "A" });
  const job: FillJob = {
    kind: "fill", by: "traffic", engine: "libc", phase: 0, threads: 1, state, answer, flows, template: TEMPLATE,
    target: { address: "127.0.0.53", port: 53 }, sources: { base: 0x7f400001, size: 100 }, ports: { first: 20_000, last: 20_063 },
  };
  return new Fill({ libc, clock: libc, job, stopped: () => false }).run();
}

const openings = (libc: OwnKernel): Sent[] => libc.sent.filter(({ bytes }) => bytes === 1);
const answers = (libc: OwnKernel): Sent[] => libc.sent.filter(({ port }) => port !== 53);

it.each([[1], [100], [1000]])("a fill of %i flows that answers itself opens all of them, then answers, and asks nobody", (flows) => {
  const libc = new OwnKernel({});
  expect(answeringItself(libc, "replied", flows)).toMatchObject({ flows, replied: flows, repaired: 0, confirmed: 0, failed: {} });
  expect(libc.sent.map(({ port }) => port === 53)).toEqual([...Array.from({ length: flows }, () => true), ...Array.from({ length: flows }, () => false)]);
  expect(libc.sent.every(({ bytes, port }) => (port === 53 ? bytes === 1 : bytes > TEMPLATE.length - 1))).toBe(true);
});

it("makes flows ASSURED by the kernel's ticks, however late they are", () => {
  const libc = new OwnKernel({});
  const flows = 1000;
  expect(answeringItself(libc, "assured", flows)).toMatchObject({ flows, replied: flows, confirmed: flows });
  const sent = openings(libc);
  expect(sent).toHaveLength(2 * flows);
  sent.slice(flows).forEach(({ atTickNs }, flow) => expect(atTickNs - (sent[flow]?.atTickNs ?? 0)).toBeGreaterThan(2e9 + TICK_NS));
  expect(libc.nowNs()).toBeLessThan(2e9 + 10 * TICK_NS + QUIET_MS * MS);
});

it("answers again what was lost", () => {
  const libc = new OwnKernel({ loses: (nth) => nth % 7 === 0 && nth < 1000 });
  expect(answeringItself(libc, "replied", 1000)).toMatchObject({ flows: 1000, replied: 1000, repaired: 143, failed: {} });
  expect(answers(libc)).toHaveLength(1143);
});

it("mends a refusal though no batch has begun whole", () => {
  const libc = new OwnKernel({ refuses: (nth) => nth === 0 });
  expect(answeringItself(libc, "replied", 50)).toMatchObject({ flows: 50, replied: 50, repaired: 50, failed: { EPERM: 1 } });
});

it("gives up, soon, where none of its answers arrives", () => {
  const libc = new OwnKernel({ loses: () => true });
  expect(() => answeringItself(libc, "replied", 1000)).toThrow("no answer from 127.0.0.53:53");
  expect(libc.nowNs()).toBeLessThan(5000 * MS);
});

it("answers in time what a slow machine opens", () => {
  // A batch takes 100 ms, so that not even half of the flows can be opened before the first are to be answered.
  const libc = new OwnKernel({ callMs: 100 });
  expect(answeringItself(libc, "replied", 40 * 64)).toMatchObject({ flows: 40 * 64, replied: 40 * 64, repaired: 0 });
  const openedAt = new Map<number, number>();
  const waits: number[] = [];
  let [opened, answered] = [0, 0];
  for (const { port, atTickNs } of libc.sent) {
    if (port === 53) openedAt.set(opened++, atTickNs);
    else waits.push(atTickNs - (openedAt.get(answered++) ?? Number.NEGATIVE_INFINITY));
  }
  expect(waits).toHaveLength(40 * 64);
  expect(Math.max(...waits)).toBeLessThan(4.5e9);
});

it("answers no flow that has not begun", () => {
  // The first opening is refused, and goes when it is repeated.
  const libc = new OwnKernel({ refuses: (nth) => nth === 0 });
  expect(answeringItself(libc, "replied", 100)).toMatchObject({ flows: 100, replied: 100, repaired: 64, failed: { EPERM: 1 } });
  const begun = libc.sent.findIndex(({ port }) => port !== 53);
  expect(libc.sent.slice(0, begun)).toHaveLength(99);
  expect(libc.sent.slice(begun, begun + 36).every(({ port }) => port !== 53)).toBe(true);
  expect(libc.sent[begun + 36]).toMatchObject({ port: 53, bytes: 1 });
});
