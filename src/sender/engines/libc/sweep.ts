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

  /** Makes the first `count` messages the next flows' queries; all are of one port. */
  function prepare(count: number, firstAddress: number): void {
    const firstSequence = outstanding.nextSequence;
    for (let i = 0; i < count; i++) {
      messages.setSource(i, firstAddress + i);
      patchQuery(arena.bytes, messages.packetOffset(i), (firstSequence + i) >>> 0);
    }
  }

  function refused(errno: number, source: SocketAddress): void {
    refuse(context, { call: "sendmmsg", errno, source: () => source });
  }

  function settleUntold(errno: number): void {
    for (const source of untold) refused(errno, source);
    untold = [];
  }

  return {
    /**
     * sendmmsg that is refused in mid-batch returns how many went and loses the errno. So that flow is sent again,
     * alone, as an attempt of its own, and the first refusal is booked under the errno that this one shows (or the
     * last one known). Flows then go one by one until refusals have stopped: every attempt is counted, as the kernel does.
     * What ICMP said of an earlier packet ends a call in the same way, and is no attempt: where there is such an error, it was that.
     * Alone, a flow shows by its errno which of both it met.
     */
    send(wanted, intendedNs) {
      let calls = 0;
      for (let attempts = 0; attempts < wanted; ) {
        const first = flowAt({ sources, ports }, next);
        const fd = open.of(first.port);
        const samePort = sources.size - (first.address - sources.base);
        const count = Math.min(alone > 0 ? 1 : BATCH, wanted - attempts, samePort, flows - next);
        prepare(count, first.address);
        const sentNs = clock.nowNs();
        const went = messages.send(fd, 0, count, MSG_DONTWAIT);
        if (went < 0) {
          const errno = libc.errno();
          if (++calls < MOST_CALLS && isEarlierError(context, fd, errno)) continue;
          calls = 0;
          lastErrno = errno;
          settleUntold(lastErrno);
          refused(lastErrno, first);
          outstanding.skip();
          attempts++;
          next = (next + 1) % flows;
          alone = ALONE_AFTER_REFUSAL;
          continue;
        }
        calls = 0;
        for (let i = 0; i < went; i++) outstanding.open({ sentNs, intendedNs: intendedNs(attempts + i), key: 0 });
        account.sent(went);
        // Before the first errno is known there is nothing to book them under: they wait for it.
        if (lastErrno !== null) settleUntold(lastErrno);
        attempts += went;
        next = (next + went) % flows;
        alone = Math.max(0, alone - 1);
        if (went === count) continue;
        alone = ALONE_AFTER_REFUSAL;
        if (takeErrors(context, fd) > 0) continue;
        untold.push({ address: first.address + went, port: first.port });
        outstanding.skip();
        attempts++;
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
