import { constants } from "node:os";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Arena, type Piece } from "../../src/libc/arena.ts";
import { loadLibc } from "../../src/libc/library.ts";
import { Ring, RING_BYTES } from "../../src/libc/ring.ts";
import { CALLS, SingleCalls, type SocketCalls } from "../../src/libc/socket-calls.ts";
import { MSG_DONTWAIT, SOCKADDR_BYTES, Sockets, writeAddress } from "../../src/libc/sockets.ts";

const LOOPBACK = 0x7f00_0001;
const { EBADF, EAFNOSUPPORT, EDESTADDRREQ } = constants.errno;
const NO_SUCH_FD = 1 << 20;

// Only loopback is used. Where koffi has no binary the program falls back to Node's sockets, and where the kernel has no io_uring to
// single calls; CI must have both.
const libc = loadLibc();
const ring = libc && Ring.open(libc, new Arena(libc, RING_BYTES));
ring?.end();
const lacks = libc === null ? "koffi does not load on this machine" : ring === null ? "this kernel lets nobody use io_uring" : null;
const skipped = lacks !== null && process.env["CI"] === undefined;

describe.skipIf(skipped).each(["ring", "single"] as const)(`calls on sockets, %s${skipped ? ` (skipped: ${lacks})` : ""}`, (kind) => {
  let arena: Arena;
  let sockets: Sockets;
  let calls: SocketCalls;
  /** A socket that receives, where it is, and an address that no UDP socket connects to. */
  let receiver: number;
  let there: Piece;
  let nowhere: Piece;
  let packet: Piece;

  beforeEach(() => {
    if (libc === null || ring === null) throw new Error(`${lacks}, and in CI it must be there`);
    arena = new Arena(libc, RING_BYTES + 4096);
    sockets = new Sockets(libc, arena);
    calls = (kind === "ring" ? Ring.open(libc, arena) : null) ?? new SingleCalls(libc, sockets);
    expect(calls).toBeInstanceOf(kind === "ring" ? Ring : SingleCalls);
    receiver = sockets.must("socket", sockets.open());
    sockets.must("bind", sockets.bind(receiver, { address: LOOPBACK, port: 0 }));
    [there, nowhere, packet] = [arena.take(SOCKADDR_BYTES), arena.take(SOCKADDR_BYTES), arena.take(64)];
    writeAddress(arena, there.offset, sockets.localAddress(receiver));
    arena.view.setUint16(nowhere.offset, 99, true);
  });

  afterEach(() => {
    calls.end();
    sockets.close(receiver);
  });

  function open(count: number): number[] {
    const places = Array.from({ length: count }, () => calls.open());
    calls.run();
    return places.map((place) => sockets.must("socket", calls.result(place)));
  }

  function connect(fds: readonly number[], to: readonly Piece[]): number[] {
    const places = fds.map((fd, i) => calls.connect(fd, (to[i] as Piece).address));
    calls.run();
    return places.map((place) => calls.result(place));
  }

  /** The bytes of each packet that has arrived, in that order. */
  function arrived(): number[] {
    const lengths = [];
    for (let length; (length = libc?.recv(receiver, packet.address, 64, MSG_DONTWAIT) ?? -1) >= 0; ) lengths.push(length);
    return lengths;
  }

  it("opens sockets, connects each, and sends from it", () => {
    const fds = open(40);
    expect(new Set(fds).size).toBe(40);
    expect(connect(fds, fds.map(() => there))).toEqual(fds.map(() => 0));
    const places = fds.map((fd, i) => calls.send(fd, packet.address, i + 1));
    calls.run();
    expect(places.map((place) => calls.result(place))).toEqual(fds.map((_, i) => i + 1));
    expect(arrived()).toEqual(fds.map((_, i) => i + 1));
    const again = fds.map((fd) => calls.send(fd, packet.address, 7));
    calls.run();
    expect(again.map((place) => calls.result(place))).toEqual(fds.map(() => 7));
    for (const fd of fds) calls.close(fd);
    calls.run();
    for (const fd of fds) expect(sockets.localAddress(fd)).toEqual({ address: 0, port: 0 });
  });

  it("makes each socket report its errors", () => {
    const [fd = -1] = open(1);
    connect([fd], [there]);
    // Nothing but the error queue holds what ICMP says: a closed port is told there.
    sockets.close(receiver);
    const place = calls.send(fd, packet.address, 1);
    calls.run();
    expect(calls.result(place)).toBe(1);
    const errors = arena.take(64);
    const MSG_ERRQUEUE = 0x2000;
    expect(libc?.recv(fd, errors.address, 64, MSG_ERRQUEUE + MSG_DONTWAIT)).toBe(1);
    receiver = sockets.must("socket", sockets.open());
    calls.close(fd);
  });

  it("tells by errno what was refused", () => {
    const [fd = -1] = open(1);
    expect(connect([fd], [nowhere])).toEqual([-EAFNOSUPPORT]);
    const sent = calls.send(NO_SUCH_FD, packet.address, 1);
    calls.run();
    expect(calls.result(sent)).toBe(-EBADF);
    expect(arrived()).toEqual([]);
    calls.close(fd);
  });

  it("tells of each what became of it, whatever mixture of them comes, again and again", () => {
    const asks = fc.array(fc.record({ well: fc.boolean(), length: fc.integer({ min: 1, max: 64 }) }), { minLength: 1, maxLength: CALLS / 4 });
    fc.assert(fc.property(asks, (wanted) => {
      const fds = open(wanted.length);
      expect(connect(fds, wanted.map(({ well }) => (well ? there : nowhere)))).toEqual(wanted.map(({ well }) => (well ? 0 : -EAFNOSUPPORT)));
      const places = wanted.map(({ length }, i) => calls.send(fds[i] as number, packet.address, length));
      calls.run();
      expect(places.map((place) => calls.result(place))).toEqual(wanted.map(({ well, length }) => (well ? length : -EDESTADDRREQ)));
      for (const fd of fds) calls.close(fd);
      expect(arrived()).toEqual(wanted.flatMap(({ well, length }) => (well ? [length] : [])));
    }), { numRuns: 100 });
  });

  it("finds room for any number of closings", () => {
    const fds = Array.from({ length: 20 }, () => open(50)).flat();
    for (const fd of fds) calls.close(fd);
    calls.run();
    // All descriptors are free again.
    expect(open(1)[0]).toBeLessThanOrEqual(Math.min(...fds));
  });
});
