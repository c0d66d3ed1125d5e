import { BATCH, Messages } from "../../../libc/messages.ts";
import { Ring } from "../../../libc/ring.ts";
import { SingleCalls } from "../../../libc/socket-calls.ts";
import { MSG_DONTWAIT, type SocketAddress } from "../../../libc/sockets.ts";
import { flowAt, flowCount } from "../../../plan/flows.ts";
import type { AddressRange, PortRange } from "../../../plan/plan.ts";
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
 * @param most sockets open at once
 */
export function sweep(context: LibcContext, { sources, ports, most }: { sources: AddressRange; ports: PortRange; most: number }): Transport {
  const { libc, arena, sockets, readiness, received, outstanding, account, clock, template, target } = context;
  const calls = Ring.open(libc, arena) ?? new SingleCalls(libc, sockets);
  const places = new Uint32Array(BATCH);
  const messages = new Messages(libc, arena, { count: BATCH, packetBytes: template.length });
  messages.sendTo(target);
  messages.chooseSources();
  for (let i = 0; i < received.count; i++) received.useNames(i);
  for (let i = 0; i < BATCH; i++) arena.bytes.set(template, messages.packetOffset(i));
  const open = new PortSockets({ sockets, readiness, ports, most, reportErrors: true });
  const receiving = { connected: false, socketOf: (place: number): number => open.at(place) };
  const flows = flowCount({ sources, ports });
  let next = 0;
  let alone = 0;
  let lastErrno: number | null = null;
  /** Refusals whose errno sendmmsg did not tell: see `send`. */
  let untold: SocketAddress[] = [];
  /** The flow that was refused last. */
  let refusedAddress = 0;
  let refusedPort = 0;

  /** Makes the first `count` messages the next flows' queries; all are of one port. */
  function prepare(count: number, firstAddress: number): void {
    const firstSequence = outstanding.nextSequence;
    for (let i = 0; i < count; i++) {
      messages.setSource(i, firstAddress + i);
      patchQuery(arena.bytes, messages.packetOffset(i), (firstSequence + i) >>> 0);
    }
  }

  const sourceOfRefused = (): SocketAddress => ({ address: refusedAddress, port: refusedPort });

  /** Books a refusal, and before it those that waited for an errno. */
  function refused(errno: number, address: number, port: number): void {
    lastErrno = errno;
    settleUntold(errno);
    bookRefusal(errno, address, port);
    outstanding.skip();
  }

  function bookRefusal(errno: number, address: number, port: number): void {
    refusedAddress = address;
    refusedPort = port;
    refuse(context, "sendmmsg", errno, sourceOfRefused);
  }

  function settleUntold(errno: number): void {
    if (untold.length === 0) return;
    for (const { address, port } of untold) bookRefusal(errno, address, port);
    untold = [];
  }

  function opened(sentNs: number, intendedNs: number): void {
    outstanding.open({ sentNs, intendedNs, key: 0 });
  }

  /**
   * Attempts queries from the next flows of one port, at most `wanted`, the i-th of them meant for `intendedNs(i)`. Returns how many.
   *
   * sendmmsg that is refused in mid-batch returns how many went and loses the errno. So that flow is sent again,
   * as an attempt of its own, and the first refusal is booked under the errno that this one shows (or the last one known). Flows then
   * have a call each until refusals have stopped: every attempt is counted, as the kernel does.
   * What ICMP said of an earlier packet ends a call in the same way, and is no attempt: where there is such an error, it was that.
   */
  function sendFromPort(wanted: number, intendedNs: (i: number) => number): number {
    const first = flowAt({ sources, ports }, next);
    const fd = open.of(first.port);
    const samePort = sources.size - (first.address - sources.base);
    const count = Math.min(BATCH, wanted, samePort, flows - next);
    prepare(count, first.address);
    let done = 0;
    while (done < count && alone === 0) {
      const sentNs = clock.nowNs();
      const went = messages.send(fd, done, count, MSG_DONTWAIT);
      if (went < 0) {
        const errno = libc.errno();
        alone = ALONE_AFTER_REFUSAL;
        if (isEarlierError(context, fd, errno)) continue;
        refused(errno, first.address + done, first.port);
        done++;
        continue;
      }
      for (let i = 0; i < went; i++) opened(sentNs, intendedNs(done + i));
      account.sent(went);
      done += went;
      if (done === count) continue;
      alone = ALONE_AFTER_REFUSAL;
      if (takeErrors(context, fd) > 0) continue;
      untold.push({ address: first.address + done, port: first.port });
      outstanding.skip();
      next = (next + done) % flows;
      return done + 1;
    }
    if (done < count) sendEach(fd, { first, from: done, to: count, intendedNs });
    next = (next + count) % flows;
    return count;
  }

  /** Sends the prepared messages `from` to `to` (exclusive) with a call each, so that each shows its errno. */
  function sendEach(fd: number, { first, from, to, intendedNs }: { first: SocketAddress; from: number; to: number; intendedNs: (i: number) => number }): void {
    const beganNs = clock.nowNs();
    for (let i = from; i < to; i++) places[i] = calls.sendMessage(fd, messages.message(i));
    calls.run();
    const eachNs = (clock.nowNs() - beganNs) / (to - from);
    const isEarlier = earlierErrorsOf(context, fd);
    for (let i = from; i < to; i++) {
      let result = calls.result(places[i] as number);
      for (let call = 1; result < 0 && call < MOST_CALLS && isEarlier(-result); call++) result = messages.send(fd, i, i + 1, MSG_DONTWAIT) < 0 ? -libc.errno() : 0;
      if (result >= 0) {
        // Before the first errno is known there is nothing to book them under: they wait for it.
        if (lastErrno !== null) settleUntold(lastErrno);
        opened(beganNs + (i - from) * eachNs, intendedNs(i));
        account.sent();
        alone = Math.max(0, alone - 1);
      } else {
        refused(-result, first.address + i, first.port);
        alone = ALONE_AFTER_REFUSAL;
      }
    }
  }

  return {
    send(wanted, intendedNs) {
      for (let attempts = 0; attempts < wanted; ) {
        const from = attempts;
        attempts += sendFromPort(wanted - from, (i) => intendedNs(from + i));
      }
    },
    receive: () => receiveReady(context, receiving),
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired: () => account.unanswered(),
    close() {
      settleUntold(lastErrno ?? UNKNOWN_ERRNO);
      open.close();
      calls.end();
    },
  };
}
