import { expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { Fill } from "../../src/sender/engines/libc/fill.ts";
import type { FillJob } from "../../src/sender/protocol.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";
import { FakeLibc } from "../libc/fake-libc.ts";

const MS = 1e6;
const TEMPLATE = queryTemplate({ name: "fill.test", type: "A" });
const POLLFD_BYTES = 8;
const HEADER_BYTES = 64;

/** A resolver that answers whatever it was asked, from a moment on. Time passes while somebody waits for it. */
class LateResolver extends FakeLibc implements Clock {
  readonly #fromNs: number;
  /** By socket. */
  readonly #answers = new Map<number, Uint8Array[]>();
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
      this.#answers.set(fd, [...(this.#answers.get(fd) ?? []), answer]);
    }
    return count;
  }

  override ppoll = (polled: number, used: number, timeout: number): number => {
    this.#nowNs += 1000 + this.pointer(timeout) * 1e9 + this.pointer(timeout + 8);
    let ready = 0;
    for (let place = 0; place < used; place++) {
      const entry = this.at(polled + place * POLLFD_BYTES);
      const readable = this.#nowNs >= this.#fromNs && (this.#answers.get(entry.getInt32(0, true)) ?? []).length > 0;
      entry.setUint16(6, readable ? 1 : 0, true);
      if (readable) ready++;
    }
    return ready;
  };

  override recvmmsg = (fd: number, headers: number, count: number): number => {
    const taken = (this.#answers.get(fd) ?? []).splice(0, count);
    for (const [i, answer] of taken.entries()) {
      const header = headers + i * HEADER_BYTES;
      const { buffer, byteOffset } = this.at(this.pointer(this.pointer(header + 16)));
      new Uint8Array(buffer, byteOffset).set(answer);
      this.at(header).setUint32(56, answer.length, true);
    }
    return taken.length === 0 ? -1 : taken.length;
  };
}

function fill(fromNs: number, flows: number): { run: () => ReturnType<Fill["run"]>; libc: LateResolver } {
  const libc = new LateResolver(fromNs);
  const job: FillJob = {
    kind: "fill", by: "traffic", engine: "libc", phase: 0, threads: 1, state: "replied", openFirst: false, flows, template: TEMPLATE,
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
