import { Ring } from "../../../libc/ring.ts";
import { SingleCalls } from "../../../libc/socket-calls.ts";
import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { TURN } from "../../backlog.ts";
import { type LibcContext, refuse } from "./context.ts";
import { Packets } from "./packets.ts";
import { earlierErrorsOf, MOST_CALLS, takeErrors } from "./socket-errors.ts";
import { receiveBatch, receiveReady } from "./receive.ts";
import type { Transport } from "../../load-loop.ts";

/** `count` long-lived connected sockets, used in turn: as many flows as sockets, however many queries. */
export function pool(context: LibcContext, count: number): Transport {
  const { libc, arena, sockets, readiness, outstanding, account, clock, template, target } = context;
  const calls = Ring.open(libc, arena) ?? new SingleCalls(libc, sockets);
  const packets = new Packets(arena, template);
  const fds = Array.from({ length: count }, () => {
    const fd = sockets.must("socket", sockets.open());
    sockets.reportErrors(fd);
    sockets.must("connect", sockets.connect(fd, target));
    return fd;
  });
  calls.keep(fds);
  const socketOf = (socket: number): number => fds[socket] as number;
  /** Queries that await an answer, by socket. */
  const waiting = new Uint32Array(count);
  /** Sockets to which an answer may come that is late, which is not the same as never. */
  const owed = new Uint8Array(count);
  let next = 0;
  // Of each query of a turn: its socket, its packet and the place of its `send`.
  const used = new Uint32Array(TURN);
  const packetOf = new Float64Array(TURN);
  const places = new Uint32Array(TURN);
  /** By socket, of those that refused a query of the turn. */
  const earlier = new Map<number, (errno: number) => boolean>();

  function sendFromEach(queries: number): void {
    for (let i = 0; i < queries; i++) {
      used[i] = next;
      packetOf[i] = packets.query(i, (outstanding.nextSequence + i) >>> 0);
      places[i] = calls.send(socketOf(next), packetOf[i] as number, packets.length);
      next = (next + 1) % count;
    }
    calls.run();
  }

  /** The errno that refused a query of the turn, or null. What ICMP said of an earlier one is not it: then it is sent again. */
  function refusalOf(i: number): number | null {
    let result = calls.result(places[i] as number);
    if (result >= 0) return null;
    const fd = socketOf(used[i] as number);
    const isEarlier = earlier.get(fd) ?? earlierErrorsOf(context, fd);
    earlier.set(fd, isEarlier);
    for (let call = 1; result < 0; call++) {
      if (call === MOST_CALLS || !isEarlier(-result)) return -result;
      result = libc.send(fd, packetOf[i] as number, packets.length, MSG_DONTWAIT) < 0 ? -libc.errno() : 0;
    }
    return null;
  }

  /** Books a query of the turn. Returns the errno that refused it, or null. */
  function book(i: number, { sentNs, intendedNs }: { sentNs: number; intendedNs: number }): string | null {
    const socket = used[i] as number;
    const refusal = refusalOf(i);
    if (refusal !== null) {
      const errno = refuse(context, "send", refusal, () => sockets.localAddress(socketOf(socket)));
      outstanding.skip();
      return errno;
    }
    if ((waiting[socket] as number)++ === 0) readiness.watch(socketOf(socket), socket);
    outstanding.open({ sentNs, intendedNs, key: socket });
    account.sent();
    return null;
  }

  function answered(socket: number): void {
    if (--(waiting[socket] as number) === 0 && owed[socket] === 0) readiness.pause(socketOf(socket));
  }

  return {
    send(queries, intendedNs, onRefused) {
      const beganNs = clock.nowNs();
      sendFromEach(queries);
      // They went one after another, evenly enough.
      const eachNs = (clock.nowNs() - beganNs) / queries;
      if (earlier.size > 0) earlier.clear();
      for (let i = 0; i < queries; i++) {
        const errno = book(i, { sentNs: beganNs + i * eachNs, intendedNs: intendedNs(i) });
        if (errno !== null) onRefused?.(i, errno);
      }
    },
    receive: () => receiveReady(context, { connected: true, socketOf, onAnswered: answered }),
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired(socket) {
      account.unanswered();
      (waiting[socket] as number)--;
      owed[socket] = 1;
    },
    close() {
      calls.end();
      for (const fd of fds) {
        // What came to a socket on which nothing was awaited any more: a second answer, or an ICMP error.
        takeErrors(context, fd);
        receiveBatch(context, fd, { connected: true });
        sockets.close(fd);
      }
    },
  };
}
