import { constants } from "node:os";
import { Fifo } from "../../fifo.ts";
import type { Transport } from "../../load-loop.ts";
import { type Connection, Connections } from "./connections.ts";
import { type LibcContext, refuse } from "./context.ts";
import { Streams } from "./streams.ts";

const { EAGAIN, ETIMEDOUT } = constants.errno;

/**
 * `count` long-lived TCP connections, used in turn: as many flows, however many queries, none of which waits for the answer to
 * another. While no connection is there, or none has room, queries wait, at most for the timeout: then they were never sent, and
 * are booked as refused with ETIMEDOUT, or EAGAIN where there was no room. Where no connection can be made they are refused with
 * the errno that says so. A query that was sent on a connection that ends is left to its timeout.
 */
export function tcpPersistent(context: LibcContext, { count, timeoutNs }: { count: number; timeoutNs: number }): Transport {
  const { libc, sockets, outstanding, account, clock, readiness } = context;
  const streams = new Streams(context);
  const connections = new Connections(context, streams, { count, timeoutNs });
  /** Queries that wait for a connection, or for room in one. */
  const unsent = new Fifo<number>();
  connections.openAll();

  /** Sends a query that waits: false when there is no place for it now. When a connection is lost over it, it is refused. */
  function send(sequence: number): boolean {
    for (let connection = connections.next(); connection !== null; connection = connections.next()) {
      if (!writeRemainder(connection)) continue;
      const went = streams.write(connection.fd, sequence);
      if (went < 0 && libc.errno() === EAGAIN) {
        connection.hasRoom = false;
        continue;
      }
      if (went < 0) {
        refuseWaiting(sequence, { call: "send", errno: libc.errno(), fd: connection.fd });
        connections.lost(connection);
        return true;
      }
      if (went < streams.queryBytes) connection.remainder = streams.remainder(went);
      account.sent();
      return true;
    }
    return false;
  }

  /** Whether nothing of an earlier query is left that must go first. */
  function writeRemainder(connection: Connection): boolean {
    if (connection.remainder.length > 0) connection.remainder = streams.writeRemainder(connection.fd, connection.remainder);
    connection.hasRoom = connection.remainder.length === 0;
    return connection.hasRoom;
  }

  function refuseWaiting(sequence: number, failure: Parameters<typeof fail>[0]): void {
    fail(failure);
    outstanding.withdraw(sequence);
  }

  function fail({ call, errno, fd = connections.any?.fd ?? -1 }: { call: string; errno: number; fd?: number }): void {
    refuse(context, call, errno, () => sockets.localAddress(fd), "tcp");
  }

  /** Sends what waits, as far as there is place, or gives it up where there will be none. */
  function settleUnsent(): void {
    for (let sequence = unsent.peek(); sequence !== undefined; sequence = unsent.peek()) {
      const { failure } = connections;
      if (failure !== null) refuseWaiting(sequence, failure);
      else if (!send(sequence)) return;
      unsent.shift();
    }
  }

  return {
    send(queries, intendedNs) {
      for (let i = 0; i < queries; i++) {
        unsent.push(outstanding.nextSequence);
        outstanding.open({ sentNs: clock.nowNs(), intendedNs: intendedNs(i), key: outstanding.nextSequence });
        // Where others wait already there is no place for this one either.
        if (unsent.length === 1) settleUnsent();
      }
    },
    receive() {
      for (const connection of connections.ready()) {
        writeRemainder(connection);
        if (streams.read(connection).ended) connections.lost(connection);
      }
      connections.tend();
      settleUnsent();
      // Connections are to be looked after every turn.
      return true;
    },
    wait: (forNs) => readiness.wait(forNs),
    expired(key) {
      // Both grow old in the order in which they began.
      if (unsent.peek() !== key >>> 0) return account.unanswered();
      // When the load is stopped it is neither sent nor refused.
      if (account.stopped) return;
      unsent.shift();
      fail(connections.any?.state === "open" ? { call: "send", errno: EAGAIN } : { call: "connect", errno: ETIMEDOUT });
    },
    unsent: () => unsent.length,
    close: () => connections.closeAll(),
  };
}
