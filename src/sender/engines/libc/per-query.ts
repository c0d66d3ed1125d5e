import { MSG_DONTWAIT, type SocketAddress } from "../../../libc/sockets.ts";
import type { AddressRange } from "../../../plan/plan.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type LibcContext, refuse } from "./context.ts";
import { receiveReady } from "./receive.ts";
import type { Transport } from "../../load-loop.ts";

/**
 * A socket for every query, as miekg/dns `Client.Exchange` does: socket, connect, send, await the answer,
 * close. With `sources` each is bound to one of those addresses first, at random; the kernel picks the port.
 */
export function perQuery(context: LibcContext, sources: AddressRange | null): Transport {
  const { libc, arena, sockets, readiness, outstanding, account, clock, template, target } = context;
  const query = arena.take(template.length);
  arena.bytes.set(template, query.offset);

  /** Returns the errno that refused it, or null. */
  function attempt(intended: number): string | null {
    const fd = sockets.open();
    if (fd < 0) return fail("socket", fd, null);
    sockets.reportErrors(fd);
    const source = sources && { address: sources.base + Math.floor(Math.random() * sources.size), port: 0 };
    if (source && sockets.bind(fd, source) < 0) return fail("bind", fd, source);
    if (sockets.connect(fd, target) < 0) return fail("connect", fd, source);
    const sequence = outstanding.nextSequence;
    patchQuery(arena.bytes, query.offset, sequence);
    const sentNs = clock.nowNs();
    if (libc.send(fd, query.address, template.length, MSG_DONTWAIT) < 0) return fail("send", fd, null);
    readiness.watch(fd, sequence);
    outstanding.open({ sentNs, intendedNs: intended, key: fd });
    account.sent();
    return null;
  }

  function fail(call: string, fd: number, source: SocketAddress | null): string {
    const errno = refuse(context, call, libc.errno(), () => source ?? (fd < 0 ? { address: 0, port: 0 } : sockets.localAddress(fd)));
    outstanding.skip();
    if (fd >= 0) sockets.close(fd);
    return errno;
  }

  const socketOf = (sequence: number): number => outstanding.key(sequence);

  function close(fd: number): void {
    readiness.forget(fd);
    sockets.close(fd);
  }

  return {
    send(count, intendedNs, onRefused) {
      for (let i = 0; i < count; i++) {
        const errno = attempt(intendedNs(i));
        if (errno !== null) onRefused?.(i, errno);
      }
    },
    receive: () => receiveReady(context, { connected: true, socketOf, onAnswered: close }),
    wait: (timeoutNs) => readiness.wait(timeoutNs),
    expired(fd) {
      account.unanswered();
      close(fd);
    },
    close() {},
  };
}
