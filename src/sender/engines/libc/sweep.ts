import { BATCH, Messages } from "../../../libc/messages.ts";
import { Ring } from "../../../libc/ring.ts";
import { SingleCalls, type SocketCalls } from "../../../libc/socket-calls.ts";
import { MSG_DONTWAIT, type SocketAddress } from "../../../libc/sockets.ts";
import { type Flow, flowAt, flowCount, type FlowSpace } from "../../../plan/flows.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type LibcContext, refuse } from "./context.ts";
import { PortSockets } from "./ports.ts";
import { receiveReady } from "./receive.ts";
import { earlierErrorsOf, isEarlierError, MOST_CALLS, takeErrors } from "./socket-errors.ts";
import type { Transport } from "../../load-loop.ts";

/** Flows sent with a call each after a refusal: under a full table the next refusal is near. */
const ALONE_AFTER_REFUSAL = 256;
const UNKNOWN_ERRNO = 0;

/**
 * A new flow for every query, at the cost of a packet: one socket per source port, the source address set
 * per packet (IP_PKTINFO), 64 packets a call. Flows are taken in sequence, around and around.
 */
export class Sweep implements Transport {
  readonly #context: LibcContext;
  readonly #space: FlowSpace;
  readonly #flows: number;
  readonly #messages: Messages;
  readonly #open: PortSockets;
  readonly #receiving: { connected: boolean; socketOf: (place: number) => number };
  readonly #calls: SocketCalls;
  readonly #places = new Uint32Array(BATCH);
  readonly #sourceOfRefused = (): SocketAddress => ({ address: this.#refusedAddress, port: this.#refusedPort });
  /** The flow whose query is the next. */
  #next = 0;
  /** How many flows more have a call each. */
  #alone = 0;
  #lastErrno: number | null = null;
  /** Refusals whose errno sendmmsg did not tell: see `#sendFromPort`. */
  #untold: SocketAddress[] = [];
  /** The flow that was refused last. */
  #refusedAddress = 0;
  #refusedPort = 0;

  /** @param most sockets open at once. Throws a CallError when one cannot be opened. */
  constructor(context: LibcContext, { sources, ports, most }: FlowSpace & { most: number }) {
    const { arena, libc, readiness, received, sockets, target, template } = context;
    this.#context = context;
    this.#space = { sources, ports };
    this.#flows = flowCount(this.#space);
    this.#calls = Ring.open(libc, arena) ?? new SingleCalls(libc, sockets);
    this.#messages = new Messages(libc, arena, { count: BATCH, packetBytes: template.length });
    this.#messages.sendTo(target);
    this.#messages.chooseSources();
    for (let i = 0; i < received.count; i++) received.useNames(i);
    for (let i = 0; i < BATCH; i++) arena.bytes.set(template, this.#messages.packetOffset(i));
    this.#open = new PortSockets({ sockets, readiness, ports, most, reportErrors: true });
    this.#receiving = { connected: false, socketOf: (place) => this.#open.at(place) };
  }

  send(wanted: number, intendedNs: (i: number) => number): void {
    for (let attempts = 0; attempts < wanted; ) attempts += this.#sendFromPort(attempts, wanted, intendedNs);
  }

  receive(): boolean {
    return receiveReady(this.#context, this.#receiving);
  }

  wait(timeoutNs: number): void {
    this.#context.readiness.wait(timeoutNs);
  }

  expired(): void {
    this.#context.account.unanswered();
  }

  close(): void {
    this.#settleUntold(this.#lastErrno ?? UNKNOWN_ERRNO);
    this.#open.close();
    this.#calls.end();
  }

  /**
   * Attempts queries from the next flows of one port, those from number `from` on of the `wanted`. Returns how many.
   *
   * sendmmsg that is refused in mid-batch returns how many went and loses the errno. So that flow is sent again,
   * as an attempt of its own, and the first refusal is booked under the errno that this one shows (or the last one known). Flows then
   * have a call each until refusals have stopped: every attempt is counted, as the kernel does.
   * What ICMP said of an earlier packet ends a call in the same way, and is no attempt: where there is such an error, it was that.
   */
  #sendFromPort(from: number, wanted: number, intendedNs: (i: number) => number): number {
    const { account, clock, libc, outstanding } = this.#context;
    const { sources } = this.#space;
    const first = flowAt(this.#space, this.#next);
    const fd = this.#open.of(first.port);
    const samePort = sources.size - (first.address - sources.base);
    const count = Math.min(BATCH, wanted - from, samePort, this.#flows - this.#next);
    this.#prepare(count, first.address);
    let done = 0;
    while (done < count && this.#alone === 0) {
      const sentNs = clock.nowNs();
      const went = this.#messages.send(fd, done, count, MSG_DONTWAIT);
      if (went < 0) {
        const errno = libc.errno();
        this.#alone = ALONE_AFTER_REFUSAL;
        if (isEarlierError(this.#context, fd, errno)) continue;
        this.#refused(errno, first.address + done, first.port);
        done++;
        continue;
      }
      for (let i = 0; i < went; i++) outstanding.open({ sentNs, intendedNs: intendedNs(from + done + i), key: 0 });
      account.sent(went);
      done += went;
      if (done === count) continue;
      this.#alone = ALONE_AFTER_REFUSAL;
      if (takeErrors(this.#context, fd) > 0) continue;
      this.#untold.push({ address: first.address + done, port: first.port });
      outstanding.skip();
      this.#next = (this.#next + done) % this.#flows;
      return done + 1;
    }
    if (done < count) this.#sendEach(fd, { first, begin: done, end: count, intendedNs: (i) => intendedNs(from + i) });
    this.#next = (this.#next + count) % this.#flows;
    return count;
  }

  /** Makes the first `count` messages the next flows' queries; all are of one port. */
  #prepare(count: number, firstAddress: number): void {
    const { arena, outstanding } = this.#context;
    const firstSequence = outstanding.nextSequence;
    for (let i = 0; i < count; i++) {
      this.#messages.setSource(i, firstAddress + i);
      patchQuery(arena.bytes, this.#messages.packetOffset(i), (firstSequence + i) >>> 0);
    }
  }

  /** Sends the prepared messages `begin` to `end` (exclusive) with a call each, so that each shows its errno. */
  #sendEach(fd: number, { first, begin, end, intendedNs }: { first: Flow; begin: number; end: number; intendedNs: (i: number) => number }): void {
    const { account, clock, libc, outstanding } = this.#context;
    const beganNs = clock.nowNs();
    for (let i = begin; i < end; i++) this.#places[i] = this.#calls.sendMessage(fd, this.#messages.message(i));
    this.#calls.run();
    const eachNs = (clock.nowNs() - beganNs) / (end - begin);
    const isEarlier = earlierErrorsOf(this.#context, fd);
    for (let i = begin; i < end; i++) {
      let result = this.#calls.result(this.#places[i] as number);
      for (let call = 1; result < 0 && call < MOST_CALLS && isEarlier(-result); call++) result = this.#messages.send(fd, i, i + 1, MSG_DONTWAIT) < 0 ? -libc.errno() : 0;
      if (result >= 0) {
        // Before the first errno is known there is nothing to book them under: they wait for it.
        if (this.#lastErrno !== null) this.#settleUntold(this.#lastErrno);
        outstanding.open({ sentNs: beganNs + (i - begin) * eachNs, intendedNs: intendedNs(i), key: 0 });
        account.sent();
        this.#alone = Math.max(0, this.#alone - 1);
      } else {
        this.#refused(-result, first.address + i, first.port);
        this.#alone = ALONE_AFTER_REFUSAL;
      }
    }
  }

  /** Books a refusal, and before it those that waited for an errno. */
  #refused(errno: number, address: number, port: number): void {
    this.#lastErrno = errno;
    this.#settleUntold(errno);
    this.#bookRefusal(errno, address, port);
    this.#context.outstanding.skip();
  }

  #settleUntold(errno: number): void {
    if (this.#untold.length === 0) return;
    for (const { address, port } of this.#untold) this.#bookRefusal(errno, address, port);
    this.#untold = [];
  }

  #bookRefusal(errno: number, address: number, port: number): void {
    this.#refusedAddress = address;
    this.#refusedPort = port;
    refuse(this.#context, "sendmmsg", errno, this.#sourceOfRefused);
  }
}
