import { constants } from "node:os";
import type { AddressRange } from "../../../plan/plan.ts";
import type { Transport } from "../../load-loop.ts";
import { type LibcContext, refuse } from "./context.ts";
import { NOTHING, type Stream, Streams } from "./streams.ts";

const { EAGAIN, ETIMEDOUT } = constants.errno;

interface Exchange extends Stream {
  sequence: number;
  sent: boolean;
}

/**
 * A TCP connection for every query: connect, send, await the answer, close. The kernel tells no error when a SYN is dropped on its
 * way out, and sends it again after a second (`tcp_connect`): a query whose connection is not there in time was never sent, and is
 * booked as refused with ETIMEDOUT. With `sources` each connection is made from one of those addresses, at random.
 */
export function tcpPerQuery(context: LibcContext, sources: AddressRange | null): Transport {
  const { libc, sockets, readiness, outstanding, account, clock } = context;
  const streams = new Streams(context);
  const exchanges = new Map<number, Exchange>();
  let unsent = 0;

  function begin(intendedNs: number): void {
    const source = sources && { address: sources.base + Math.floor(Math.random() * sources.size), port: 0 };
    const { fd, failed } = streams.open({ source });
    if (failed !== null) {
      fail({ fd, call: failed, errno: libc.errno() });
      outstanding.skip();
      if (fd >= 0) sockets.close(fd);
      return;
    }
    exchanges.set(fd, { fd, sequence: outstanding.nextSequence, sent: false, rest: NOTHING });
    outstanding.open({ sentNs: clock.nowNs(), intendedNs, key: fd });
    unsent++;
  }

  /** The connection is made, or has failed: the query shows which. */
  function send(exchange: Exchange): void {
    const went = streams.write(exchange.fd, exchange.sequence);
    const errno = went < 0 ? libc.errno() : 0;
    if (errno === EAGAIN) return;
    unsent--;
    exchange.sent = true;
    // A new connection has room for more than a query, so it goes whole or not at all.
    if (went === streams.queryBytes) return account.sent();
    fail({ fd: exchange.fd, call: "connect", errno });
    outstanding.withdraw(exchange.sequence);
    close(exchange.fd);
  }

  function fail({ fd, call, errno }: { fd: number; call: string; errno: number }): void {
    refuse(context, call, errno, () => sockets.localAddress(fd), "tcp");
  }

  function close(fd: number): void {
    exchanges.delete(fd);
    sockets.close(fd);
  }

  return {
    send(count, intendedNs) {
      for (let i = 0; i < count; i++) begin(intendedNs(i));
    },
    receive() {
      const ready = readiness.ready();
      for (let i = 0; i < ready; i++) {
        const exchange = exchanges.get(readiness.key(i));
        if (exchange === undefined) continue;
        if (!exchange.sent) send(exchange);
        // A connection that ends without an answer is left to its timeout.
        else if (streams.read(exchange).answered) close(exchange.fd);
      }
      return ready > 0 || unsent > 0;
    },
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired(fd) {
      if (exchanges.get(fd)?.sent === true) account.unanswered();
      // When the load is stopped it is neither sent nor refused.
      else if (!account.stopped) {
        unsent--;
        fail({ fd, call: "connect", errno: ETIMEDOUT });
      }
      close(fd);
    },
    unsent: () => unsent,
    close() {},
  };
}
