import { Messages } from "../../../libc/messages.ts";
import { MSG_DONTWAIT, type SocketAddress } from "../../../libc/sockets.ts";
import { flowAt, flowCount } from "../../../plan/flows.ts";
import type { AddressRange, PortRange } from "../../../plan/plan.ts";
import { patchQuery } from "../../../wire/query.ts";
import { BATCH, type LibcContext, refuse } from "./context.ts";
import { PortSockets } from "./ports.ts";
import { receiveReady } from "./receive.ts";
import { isEarlierError, MOST_CALLS, takeErrors } from "./socket-errors.ts";
import type { Transport } from "../../load-loop.ts";

/** Flows sent one by one after a refusal: under a full table the next refusal is near. */
const ALONE_AFTER_REFUSAL = 256;
const UNKNOWN_ERRNO = 0;
/** Flows sent one by one that one reading of the clock serves: some 30 us of them. */
const PER_READING = 8;

/**
 * A new flow for every query, at the cost of a packet: one socket per source port, the source address set
 * per packet (IP_PKTINFO), 64 packets a call. Flows are taken in sequence, around and around.
 * @param most sockets open at once
 */
export function sweep(context: LibcContext, { sources, ports, most }: { sources: AddressRange; ports: PortRange; most: number }): Transport {
  const { libc, arena, sockets, readiness, received, outstanding, account, clock, template, target } = context;
  const messages = new Messages(libc, arena, { count: BATCH, packetBytes: template.length });
  messages.sendTo(target);
  messages.chooseSources();
  for (let i = 0; i < received.count; i++) received.useNames(i);
  for (let i = 0; i < BATCH; i++) arena.bytes.set(template, messages.packetOffset(i));
  const open = new PortSockets({ sockets, readiness, ports, most, reportErrors: true });
  const socketOf = (place: number): number => open.at(place);
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

  function refused(errno: number, address: number, port: number): void {
    refusedAddress = address;
    refusedPort = port;
    refuse(context, "sendmmsg", errno, sourceOfRefused);
  }

  function settleUntold(errno: number): void {
    if (untold.length === 0) return;
    for (const { address, port } of untold) refused(errno, address, port);
    untold = [];
  }

  /**
   * Attempts queries from the next flows of one port, at most `wanted`, the i-th of them meant for `intendedNs(i)`. Returns how many.
   *
   * sendmmsg that is refused in mid-batch returns how many went and loses the errno. So that flow is sent again,
   * alone, as an attempt of its own, and the first refusal is booked under the errno that this one shows (or the
   * last one known). Flows then go one by one until refusals have stopped: every attempt is counted, as the kernel does.
   * What ICMP said of an earlier packet ends a call in the same way, and is no attempt: where there is such an error, it was that.
   * Alone, a flow shows by its errno which of both it met.
   */
  function sendFromPort(wanted: number, intendedNs: (i: number) => number): number {
    const first = flowAt({ sources, ports }, next);
    const fd = open.of(first.port);
    const samePort = sources.size - (first.address - sources.base);
    const count = Math.min(BATCH, wanted, samePort, flows - next);
    prepare(count, first.address);
    let sentNs = clock.nowNs();
    let calls = 0;
    let done = 0;
    while (done < count) {
      if (done % PER_READING === PER_READING - 1) sentNs = clock.nowNs();
      const end = alone > 0 ? done + 1 : count;
      const went = messages.send(fd, done, end, MSG_DONTWAIT);
      if (went < 0) {
        const errno = libc.errno();
        if (++calls < MOST_CALLS && isEarlierError(context, fd, errno)) continue;
        calls = 0;
        lastErrno = errno;
        settleUntold(errno);
        refused(errno, first.address + done, first.port);
        outstanding.skip();
        done++;
        alone = ALONE_AFTER_REFUSAL;
        continue;
      }
      calls = 0;
      for (let i = 0; i < went; i++) outstanding.open({ sentNs, intendedNs: intendedNs(done + i), key: 0 });
      account.sent(went);
      // Before the first errno is known there is nothing to book them under: they wait for it.
      if (lastErrno !== null) settleUntold(lastErrno);
      done += went;
      alone = Math.max(0, alone - 1);
      if (done === end) continue;
      alone = ALONE_AFTER_REFUSAL;
      if (takeErrors(context, fd) > 0) continue;
      untold.push({ address: first.address + done, port: first.port });
      outstanding.skip();
      next = (next + done) % flows;
      return done + 1;
    }
    next = (next + done) % flows;
    return done;
  }

  return {
    send(wanted, intendedNs) {
      for (let attempts = 0; attempts < wanted; ) {
        const from = attempts;
        attempts += sendFromPort(wanted - from, (i) => intendedNs(from + i));
      }
    },
    receive: () => receiveReady(context, { connected: false, socketOf }),
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired: () => account.unanswered(),
    close() {
      settleUntold(lastErrno ?? UNKNOWN_ERRNO);
      open.close();
    },
  };
}
