import type { Arena, Piece } from "./arena.ts";
import type { Libc } from "./library.ts";
import { type SocketAddress, writeAddress } from "./sockets.ts";

// struct mmsghdr of 64-bit Linux: a struct msghdr of 56 bytes, then msg_len.
const MMSGHDR_BYTES = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const IOV = 16;
const IOV_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const RECEIVED_LENGTH = 56;
const MSG_TRUNC = 0x20;
const SOCKADDR_BYTES = 16;
const IOVEC_BYTES = 16;
// A cmsghdr (16 bytes) and a struct in_pktinfo (12), padded to 8.
const PKTINFO_CONTROL_BYTES = 32;
const PKTINFO_CMSG_LENGTH = 28;
const PKTINFO_SOURCE = 20;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;

/** Messages that one sendmmsg or recvmmsg carries. More gains nothing (measured), and a batch delays what follows it. */
export const BATCH = 64;

/** Bytes one message takes in an arena, for packets of up to `packetBytes`. */
export const messageBytes = (packetBytes: number): number =>
  MMSGHDR_BYTES + SOCKADDR_BYTES + IOVEC_BYTES + PKTINFO_CONTROL_BYTES + packetBytes + 5 * 16;

/**
 * `count` messages for sendmmsg and recvmmsg, laid out once; per packet only what differs is patched.
 * Sending can set each packet's source address (IP_PKTINFO, ip(7)).
 */
export class Messages {
  readonly count: number;
  readonly packetBytes: number;
  readonly #libc: Libc;
  readonly #arena: Arena;
  readonly #headers: Piece;
  readonly #names: Piece;
  readonly #iovecs: Piece;
  readonly #controls: Piece;
  readonly #packets: Piece;

  constructor(libc: Libc, arena: Arena, { count, packetBytes }: { count: number; packetBytes: number }) {
    this.count = count;
    this.packetBytes = packetBytes;
    this.#libc = libc;
    this.#arena = arena;
    this.#headers = arena.take(count * MMSGHDR_BYTES);
    this.#names = arena.take(count * SOCKADDR_BYTES);
    this.#iovecs = arena.take(count * IOVEC_BYTES);
    this.#controls = arena.take(count * PKTINFO_CONTROL_BYTES);
    this.#packets = arena.take(count * packetBytes);
    for (let i = 0; i < count; i++) {
      const header = this.#header(i);
      const iovec = this.#iovecs.offset + i * IOVEC_BYTES;
      arena.setPointer(header + IOV, this.#iovecs.address + i * IOVEC_BYTES);
      arena.view.setUint32(header + IOV_COUNT, 1, true);
      arena.setPointer(iovec, this.#packets.address + i * packetBytes);
      this.setLength(i, packetBytes);
    }
  }

  #header(i: number): number {
    return this.#headers.offset + i * MMSGHDR_BYTES;
  }

  /** Where packet `i` begins in the arena's bytes. */
  packetOffset(i: number): number {
    return this.#packets.offset + i * this.packetBytes;
  }

  /** How many bytes of packet `i` to send, or room to receive. */
  setLength(i: number, bytes: number): void {
    this.#arena.view.setUint32(this.#iovecs.offset + i * IOVEC_BYTES + 8, bytes, true);
  }

  /** What `setLength` last set. */
  length(i: number): number {
    return this.#arena.view.getUint32(this.#iovecs.offset + i * IOVEC_BYTES + 8, true);
  }

  /** Sends every message to `to`, on sockets that are not connected. */
  sendTo(to: SocketAddress): void {
    for (let i = 0; i < this.count; i++) {
      writeAddress(this.#arena, this.#names.offset + i * SOCKADDR_BYTES, to);
      this.useNames(i);
    }
  }

  /** Sends message `i`, which must have a name buffer, to this address. */
  setDestination(i: number, to: SocketAddress): void {
    writeAddress(this.#arena, this.#names.offset + i * SOCKADDR_BYTES, to);
  }

  /** Gives message `i` its name buffer: where it goes to, or comes from. */
  useNames(i: number): void {
    const header = this.#header(i);
    this.#arena.setPointer(header + NAME, this.#names.address + i * SOCKADDR_BYTES);
    this.#arena.view.setUint32(header + NAME_LENGTH, SOCKADDR_BYTES, true);
  }

  /** Adds an IP_PKTINFO control message to every message; `setSource` then chooses the address. */
  chooseSources(): void {
    for (let i = 0; i < this.count; i++) {
      const header = this.#header(i);
      const control = this.#controls.offset + i * PKTINFO_CONTROL_BYTES;
      this.#arena.setPointer(header + CONTROL, this.#controls.address + i * PKTINFO_CONTROL_BYTES);
      this.#arena.view.setUint32(header + CONTROL_LENGTH, PKTINFO_CONTROL_BYTES, true);
      this.#arena.view.setUint32(control, PKTINFO_CMSG_LENGTH, true);
      this.#arena.view.setInt32(control + 8, IPPROTO_IP, true);
      this.#arena.view.setInt32(control + 12, IP_PKTINFO, true);
    }
  }

  /** The source address of message `i` (ipi_spec_dst), unsigned 32 bit in host order. */
  setSource(i: number, address: number): void {
    this.#arena.view.setUint32(this.#controls.offset + i * PKTINFO_CONTROL_BYTES + PKTINFO_SOURCE, address);
  }

  /** The source address last set for message `i`. */
  source(i: number): number {
    return this.#arena.view.getUint32(this.#controls.offset + i * PKTINFO_CONTROL_BYTES + PKTINFO_SOURCE);
  }

  /** Bytes received into message `i`. */
  receivedBytes(i: number): number {
    return this.#arena.view.getUint32(this.#header(i) + RECEIVED_LENGTH, true);
  }

  /** Whether the datagram received into message `i` was longer than its room. */
  cut(i: number): boolean {
    return (this.#arena.view.getUint32(this.#header(i) + FLAGS, true) & MSG_TRUNC) !== 0;
  }

  /** Whether the datagram received into message `i`, which must have a name buffer, came from this address and port. */
  cameFrom(i: number, { address, port }: SocketAddress): boolean {
    const name = this.#names.offset + i * SOCKADDR_BYTES;
    return this.#arena.view.getUint16(name + 2) === port && this.#arena.view.getUint32(name + 4) === address;
  }

  /** Where message `i` is for the kernel: its struct mmsghdr, which begins with a struct msghdr. */
  message(i: number): number {
    return this.#headers.address + i * MMSGHDR_BYTES;
  }

  /** Sends messages `from` to `to` (exclusive): how many went, or -1 with errno set for the first of them. */
  send(fd: number, from: number, to: number, flags: number): number {
    return this.#libc.sendmmsg(fd, this.message(from), to - from, flags);
  }

  /** Receives up to `count` messages: how many came, or -1 with errno set. */
  receive(fd: number, flags: number): number {
    return this.#libc.recvmmsg(fd, this.#headers.address, this.count, flags, 0);
  }
}
