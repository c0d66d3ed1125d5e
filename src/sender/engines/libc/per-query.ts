import { Ring } from "../../../libc/ring.ts";
import { SingleCalls } from "../../../libc/socket-calls.ts";
import { SOCKADDR_BYTES, type SocketAddress, writeAddress } from "../../../libc/sockets.ts";
import type { AddressRange } from "../../../plan/plan.ts";
import { TURN } from "../../backlog.ts";
import type { Transport } from "../../load-loop.ts";
import { type LibcContext, refuse } from "./context.ts";
import { Packets } from "./packets.ts";
import { receiveAmong, receiveReady } from "./receive.ts";

const ANY = { address: 0, port: 0 };
/** In the place of a place: there was no such call. */
const NO_CALL = -1;

/**
 * A socket for every query, as miekg/dns `Client.Exchange` does: socket, connect, send, await the answer, close. With `sources` each is
 * bound to one of those addresses first, at random; the kernel picks the port. The queries of a turn make these calls together.
 */
export function perQuery(context: LibcContext, sources: AddressRange | null): Transport {
  const { arena, libc, sockets, readiness, outstanding, account, clock, template, target } = context;
  const calls = Ring.open(libc, arena) ?? new SingleCalls(libc, sockets);
  const packets = new Packets(arena, template);
  const resolver = arena.take(SOCKADDR_BYTES);
  writeAddress(arena, resolver.offset, target);
  // Of each query of a turn: the place of its call, and what the calls so far gave, an errno if below 0: its socket, the address that is bound to, whether
  // it is connected, whether it was sent. What follows on an errno is not called.
  const places = new Int32Array(TURN);
  const fds = new Int32Array(TURN);
  const bound = new Float64Array(TURN);
  const connected = new Int32Array(TURN);
  const sent = new Int32Array(TURN);

  function results(count: number, into: Int32Array): void {
    calls.run();
    for (let i = 0; i < count; i++) if (places[i] !== NO_CALL) into[i] = calls.result(places[i] as number);
  }

  function open(count: number): void {
    for (let i = 0; i < count; i++) places[i] = calls.open();
    results(count, fds);
  }

  function bind({ base, size }: AddressRange, count: number): void {
    for (let i = 0; i < count; i++) {
      const address = base + Math.floor(Math.random() * size);
      const fd = fds[i] as number;
      bound[i] = fd >= 0 && sockets.bind(fd, { address, port: 0 }) < 0 ? -libc.errno() : address;
    }
  }

  function connect(count: number): void {
    for (let i = 0; i < count; i++) {
      const fd = fds[i] as number;
      places[i] = fd < 0 || (bound[i] as number) < 0 ? NO_CALL : calls.connect(fd, resolver.address);
    }
    results(count, connected);
  }

  function send(count: number): void {
    for (let i = 0; i < count; i++) {
      // One that is not sent uses up its number too.
      const packet = packets.query(i, (outstanding.nextSequence + i) >>> 0);
      places[i] = places[i] === NO_CALL || (connected[i] as number) < 0 ? NO_CALL : calls.send(fds[i] as number, packet, packets.length);
    }
    results(count, sent);
  }

  /** Books a query of the turn. Returns the errno that refused it, or null. */
  function book(i: number, { sentNs, intendedNs }: { sentNs: number; intendedNs: number }): string | null {
    const fd = fds[i] as number;
    if (fd < 0) return fail("socket", i, fd);
    if ((bound[i] as number) < 0) return fail("bind", i, bound[i] as number);
    if ((connected[i] as number) < 0) return fail("connect", i, connected[i] as number);
    if ((sent[i] as number) < 0) return fail("send", i, sent[i] as number);
    readiness.watch(fd, outstanding.nextSequence);
    outstanding.open({ sentNs, intendedNs, key: fd });
    account.sent();
    return null;
  }

  function fail(call: "socket" | "bind" | "connect" | "send", i: number, result: number): string {
    const fd = fds[i] as number;
    const errno = refuse(context, call, -result, () => (call === "send" ? sockets.localAddress(fd) : sourceOf(i)));
    outstanding.skip();
    if (fd >= 0) calls.close(fd);
    return errno;
  }

  /** What a socket without a peer is known by. */
  function sourceOf(i: number): SocketAddress {
    return sources === null || (bound[i] as number) < 0 ? ANY : { address: bound[i] as number, port: 0 };
  }

  const socketOf = (sequence: number): number => outstanding.key(sequence);

  function close(fd: number): void {
    readiness.forget(fd);
    calls.close(fd);
  }

  const receiving = { connected: true, onAnswered: close };

  return {
    send(count, intendedNs, onRefused) {
      open(count);
      if (sources !== null) bind(sources, count);
      connect(count);
      const beganNs = clock.nowNs();
      send(count);
      // They went one after another, evenly enough.
      const eachNs = (clock.nowNs() - beganNs) / count;
      for (let i = 0; i < count; i++) {
        const errno = book(i, { sentNs: beganNs + i * eachNs, intendedNs: intendedNs(i) });
        if (errno !== null) onRefused?.(i, errno);
      }
    },
    receive() {
      calls.run();
      return receiveReady(context, { ...receiving, socketOf });
    },
    receiveFrom: (keys, count) => receiveAmong(context, keys, { count, receiving }),
    wait(timeoutNs) {
      calls.run();
      readiness.wait(timeoutNs);
    },
    expired(fd) {
      account.unanswered();
      close(fd);
    },
    close: () => calls.end(),
  };
}
