import { MSG_DONTWAIT } from "../../../libc/sockets.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type LibcContext, refuse } from "./context.ts";
import { isEarlierError, MOST_CALLS, takeErrors } from "./socket-errors.ts";
import { receiveBatch, receiveReady } from "./receive.ts";
import type { Transport } from "../../load-loop.ts";

/** Queries that one reading of the clock serves: some 30 us of them, and a reading costs a hundredth of a query. */
const PER_READING = 8;

/** `count` long-lived connected sockets, used in turn: as many flows as sockets, however many queries. */
export function pool(context: LibcContext, count: number): Transport {
  const { libc, arena, sockets, readiness, outstanding, account, clock, template, target } = context;
  const query = arena.take(template.length);
  arena.bytes.set(template, query.offset);
  const fds = Array.from({ length: count }, () => {
    const fd = sockets.must("socket", sockets.open());
    sockets.reportErrors(fd);
    sockets.must("connect", sockets.connect(fd, target));
    return fd;
  });
  const socketOf = (socket: number): number => fds[socket] as number;
  /** Queries that await an answer, by socket. */
  const waiting = new Uint32Array(count);
  let turn = 0;

  /** Returns the errno that refused the query, or null: what ICMP said of an earlier one is not it. */
  function attempt(fd: number): number | null {
    for (let call = 1; ; call++) {
      if (libc.send(fd, query.address, template.length, MSG_DONTWAIT) >= 0) return null;
      const errno = libc.errno();
      if (call === MOST_CALLS || !isEarlierError(context, fd, errno)) return errno;
    }
  }

  function answered(socket: number): void {
    if (--(waiting[socket] as number) === 0) readiness.pause(fds[socket] as number);
  }

  return {
    send(queries, intendedNs, onRefused) {
      let sentNs = 0;
      for (let i = 0; i < queries; i++) {
        if (i % PER_READING === 0) sentNs = clock.nowNs();
        const socket = turn;
        const fd = fds[socket] as number;
        turn = (turn + 1) % count;
        patchQuery(arena.bytes, query.offset, outstanding.nextSequence);
        const refusal = attempt(fd);
        if (refusal !== null) {
          const errno = refuse(context, "send", refusal, () => sockets.localAddress(fd));
          outstanding.skip();
          onRefused?.(i, errno);
        } else {
          if ((waiting[socket] as number)++ === 0) readiness.watch(fd, socket);
          outstanding.open({ sentNs, intendedNs: intendedNs(i), key: socket });
          account.sent();
        }
      }
    },
    receive: () => receiveReady(context, { connected: true, socketOf, onAnswered: answered }),
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired(socket) {
      account.unanswered();
      (waiting[socket] as number)--;
      // Its answer may still come: late is not the same as never.
      readiness.leave(fds[socket] as number);
    },
    close() {
      for (const fd of fds) {
        // What came to a socket on which nothing was awaited any more: a second answer, or an ICMP error.
        takeErrors(context, fd);
        receiveBatch(context, fd, { connected: true });
        sockets.close(fd);
      }
    },
  };
}
