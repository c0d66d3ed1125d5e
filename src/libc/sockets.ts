import type { Arena, Piece } from "./arena.ts";
import { errnoName, type Libc } from "./library.ts";

export const AF_INET = 2;
const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
export const IPPROTO_IP = 0;
export const IP_RECVERR = 11;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_DO = 2;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_ATTACH_FILTER = 26;
// Classic BPF (struct sock_filter, linux/filter.h).
const BPF_LOAD_LENGTH = 0x80;
const BPF_JUMP_IF_EQUAL = 0x15;
const BPF_RETURN = 0x06;
const FILTER_BYTES = 8;
const MOST_FILTERS = 4;
const UDP_HEADER_BYTES = 8;
export const SOCKADDR_BYTES = 16;

export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_WAITFORONE = 0x10000;

/** An address (unsigned 32 bit, host order) and port. Address 0 is any, port 0 lets the kernel choose. */
export interface SocketAddress {
  address: number;
  port: number;
}

/** A system call that failed where it should not: carries the call and errno for whoever words the message. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly call: string;
  readonly errno: string;

  constructor(call: string, errno: string) {
    super(`${call}: ${errno}`);
    this.call = call;
    this.errno = errno;
  }
}

/** Sockets over IPv4: UDP, non-blocking unless told otherwise, and TCP. One instance a thread: it reuses its scratch memory. */
export class Sockets {
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #address: Piece;
  readonly #scratch: Piece;

  constructor(libc: Libc, arena: Arena) {
    this.#libc = libc;
    this.#arena = arena;
    this.#address = arena.take(SOCKADDR_BYTES);
    this.#scratch = arena.take(16 + MOST_FILTERS * FILTER_BYTES);
  }

  /** A new socket, or -1 with errno set. */
  open({ blocking = false }: { blocking?: boolean } = {}): number {
    return this.#libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
  }

  /** A new TCP socket, or -1 with errno set. */
  openTcp({ blocking }: { blocking: boolean }): number {
    return this.#libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
  }

  bind(fd: number, to: SocketAddress): number {
    writeAddress(this.#arena, this.#address.offset, to);
    return this.#libc.bind(fd, this.#address.address, SOCKADDR_BYTES);
  }

  connect(fd: number, to: SocketAddress): number {
    writeAddress(this.#arena, this.#address.offset, to);
    return this.connectTo(fd, this.#address.address);
  }

  /** The same to an address that `writeAddress` has written. */
  connectTo(fd: number, address: number): number {
    return this.#libc.connect(fd, address, SOCKADDR_BYTES);
  }

  /** The local address of a socket; all zero when the kernel does not tell. */
  localAddress(fd: number): SocketAddress {
    const { view } = this.#arena;
    view.setUint32(this.#scratch.offset, SOCKADDR_BYTES, true);
    if (this.#libc.getsockname(fd, this.#address.address, this.#scratch.address) < 0) return { address: 0, port: 0 };
    return { address: view.getUint32(this.#address.offset + 4), port: view.getUint16(this.#address.offset + 2) };
  }

  setOption(fd: number, level: number, option: number, value: number): number {
    this.#arena.view.setInt32(this.#scratch.offset, value, true);
    return this.#libc.setsockopt(fd, level, option, this.#scratch.address, 4);
  }

  /** An option that holds a struct timeval, in whole seconds. */
  setTimeout(fd: number, level: number, option: number, seconds: number): number {
    const { view } = this.#arena;
    view.setBigInt64(this.#scratch.offset, BigInt(seconds), true);
    view.setBigInt64(this.#scratch.offset + 8, 0n, true);
    return this.#libc.setsockopt(fd, level, option, this.#scratch.address, 16);
  }

  /** Lets several sockets that all say so have one address and port (SO_REUSEADDR, socket(7)). What arrives goes to one of them. */
  shareAddress(fd: number): number {
    return this.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  }

  /** Makes the kernel drop whatever arrives, before it is queued (Udp.InErrors counts it). */
  discardAll(fd: number): number {
    return this.#filter(fd, [[BPF_RETURN, 0, 0, 0]]);
  }

  /** The same for datagrams with a payload of this length alone. */
  discardOf(fd: number, payloadBytes: number): number {
    return this.#filter(fd, [
      [BPF_LOAD_LENGTH, 0, 0, 0],
      [BPF_JUMP_IF_EQUAL, 0, 1, UDP_HEADER_BYTES + payloadBytes],
      [BPF_RETURN, 0, 0, 0],
      [BPF_RETURN, 0, 0, 0xffff_ffff],
    ]);
  }

  /** @param program instructions: code, how many to skip where it is true and where not, operand */
  #filter(fd: number, program: readonly (readonly [code: number, ifTrue: number, ifNot: number, operand: number])[]): number {
    const { view } = this.#arena;
    const { address, offset } = this.#scratch;
    // struct sock_fprog: how many there are, and where: after it.
    view.setUint16(offset, program.length, true);
    this.#arena.setPointer(offset + 8, address + 16);
    for (const [i, [code, ifTrue, ifNot, operand]] of program.entries()) {
      const at = offset + 16 + i * FILTER_BYTES;
      view.setUint16(at, code, true);
      view.setUint8(at + 2, ifTrue);
      view.setUint8(at + 3, ifNot);
      view.setUint32(at + 4, operand, true);
    }
    return this.#libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, address, 16);
  }

  /**
   * Makes a UDP socket tell what it would hide: ENOBUFS from the queue of the device (udp_send_skb), and every ICMP error,
   * also where the socket is not connected. Those must then be taken from its `ErrorQueue`.
   */
  reportErrors(fd: number): number {
    return this.setOption(fd, IPPROTO_IP, IP_RECVERR, 1);
  }

  /**
   * Packets that are never fragmented need no id of their own (`ip_select_ident_segs`): making one is dear where two threads send to one
   * address, as the counters are by address. To be seen in a capture as IP id 0.
   */
  neverFragment(fd: number): number {
    return this.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  }

  /** Buffers of `bytes` each way: beyond net.core.{r,w}mem_max where we are privileged, up to it elsewhere. */
  enlargeBuffers(fd: number, bytes: number): void {
    if (this.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) this.setOption(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    if (this.setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0) this.setOption(fd, SOL_SOCKET, SO_SNDBUF, bytes);
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  /** Turns a result of -1 into a CallError, for calls that have no business failing. */
  must(call: string, result: number): number {
    if (result < 0) throw new CallError(call, errnoName(this.#libc.errno()));
    return result;
  }
}

/** Writes a struct sockaddr_in (netinet/in.h) at `offset`: family in host order, port and address in network order. */
export function writeAddress(arena: Arena, offset: number, { address, port }: SocketAddress): void {
  arena.view.setUint16(offset, AF_INET, true);
  arena.view.setUint16(offset + 2, port);
  arena.view.setUint32(offset + 4, address);
}
