import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Arena, type Piece } from "../../src/libc/arena.ts";
import { loadLibc } from "../../src/libc/library.ts";
import { Readiness, READINESS_BYTES } from "../../src/libc/readiness.ts";
import { MSG_DONTWAIT, Sockets } from "../../src/libc/sockets.ts";

const LOOPBACK = 0x7f00_0001;
/** More than are polled while answers come. */
const MANY = 700;
/** More than can be polled at a time. */
const TOO_MANY = 2300;

// Only loopback is used. Where koffi has no binary the program falls back to Node's sockets; CI must have one.
const libc = loadLibc();
const skipped = libc === null && process.env["CI"] === undefined;

describe.skipIf(skipped)(`Readiness${skipped ? " (skipped: koffi does not load on this machine)" : ""}`, () => {
  let arena: Arena;
  let sockets: Sockets;
  let readiness: Readiness;
  let open: number[];
  let buffer: Piece;

  beforeEach(() => {
    if (libc === null) throw new Error("koffi does not load, and in CI it must");
    arena = new Arena(libc, READINESS_BYTES + 4096);
    sockets = new Sockets(libc, arena);
    readiness = new Readiness(libc, arena);
    buffer = arena.take(16);
    open = [];
  });

  afterEach(() => {
    readiness.close();
    for (const fd of open) sockets.close(fd);
  });

  /** A socket that is connected to itself: what it sends it receives. */
  function echo(): number {
    const fd = sockets.must("socket", sockets.open());
    open.push(fd);
    sockets.must("bind", sockets.bind(fd, { address: LOOPBACK, port: 0 }));
    sockets.must("connect", sockets.connect(fd, sockets.localAddress(fd)));
    return fd;
  }

  const send = (fd: number): number => sockets.must("send", libc?.send(fd, buffer.address, 1, MSG_DONTWAIT) ?? -1);
  const receive = (fd: number): number => sockets.must("recv", libc?.recv(fd, buffer.address, 16, MSG_DONTWAIT) ?? -1);

  function ready(): number[] {
    return Array.from({ length: readiness.ready() }, (_, i) => readiness.key(i)).sort((a, b) => a - b);
  }

  it.each([
    [MANY, false],
    [MANY, true],
    [TOO_MANY, false],
  ])("tells every readable one of %i sockets (after a sleep: %s)", (count, slept) => {
    const fds = Array.from({ length: count }, echo);
    fds.forEach((fd, i) => readiness.watch(fd, i));
    expect(ready()).toEqual([]);
    if (slept) readiness.wait(1e6);
    // Twice, as those that are many are polled only until one is ready.
    for (const nth of [11, 17]) {
      const some = fds.flatMap((fd, i) => (i % nth === 0 ? [{ fd, i }] : []));
      for (const { fd } of some) send(fd);
      expect(ready()).toEqual(some.map(({ i }) => i));
      for (const { fd } of some) receive(fd);
      expect(ready()).toEqual([]);
    }
  });

  it("tells which of some sockets alone are readable, watched or not", () => {
    const fds = Array.from({ length: 5 }, echo);
    fds.slice(0, 2).forEach((fd) => readiness.watch(fd, 7));
    for (const i of [0, 3, 4]) send(fds[i] as number);
    const count = readiness.readyAmong(Int32Array.from(fds), 4);
    expect(Array.from({ length: count }, (_, i) => readiness.key(i))).toEqual([fds[0], fds[3]]);
    expect(readiness.failed(0)).toBe(false);
    expect(readiness.readyAmong(Int32Array.from(fds.slice(1, 3)), 2)).toBe(0);
  });

  it("wakes for a socket that it polls, and for one that was left to epoll", () => {
    const fds = Array.from({ length: MANY }, echo);
    for (const fd of [fds[0], fds.at(-1)] as number[]) {
      fds.forEach((each, i) => readiness.watch(each, i));
      send(fd);
      const before = process.hrtime.bigint();
      readiness.wait(5e9);
      expect(Number(process.hrtime.bigint() - before)).toBeLessThan(4e9);
      expect(ready()).toEqual([fds.indexOf(fd)]);
      receive(fd);
    }
  });

  it("watches a socket once, however often it is told", () => {
    const fd = echo();
    for (let i = 0; i < 3; i++) readiness.watch(fd, 5);
    send(fd);
    expect(ready()).toEqual([5]);
  });

  it("does not tell of a socket at which nothing is awaited, until something is again", () => {
    const fd = echo();
    readiness.watch(fd, 5);
    readiness.pause(fd);
    send(fd);
    expect(ready()).toEqual([]);
    readiness.watch(fd, 6);
    expect(ready()).toEqual([6]);
  });

  it("knows nothing of a closed socket's successor, which has the same number", () => {
    const fds = Array.from({ length: MANY }, echo);
    fds.forEach((fd, i) => readiness.watch(fd, i));
    readiness.wait(1e6);
    for (const fd of fds) {
      readiness.forget(fd);
      sockets.close(fd);
    }
    open = [];
    const successors = Array.from({ length: MANY }, echo);
    expect(successors.toSorted((a, b) => a - b)).toEqual(fds.toSorted((a, b) => a - b));
    for (const fd of successors) send(fd);
    expect(ready()).toEqual([]);
    successors.forEach((fd, i) => readiness.watch(fd, i));
    // Of those left to epoll it tells 256 at a time.
    expect(ready().length).toBeGreaterThanOrEqual(256);
  });
});

it.skipIf(skipped).each([
  ["anything", null, 0, -1],
  ["anything", null, 4, -1],
  ["single bytes", 1, 0, 0],
  ["single bytes", 1, 1, -1],
  ["single bytes", 1, 2, 2],
] as const)("a socket that discards %s: of a datagram of %3$i bytes it gets %4$i", (_what, discarded, bytes, got) => {
  if (libc === null) throw new Error("koffi does not load, and in CI it must");
  const arena = new Arena(libc, 4096);
  const sockets = new Sockets(libc, arena);
  const [sink, sender] = [sockets.must("socket", sockets.open()), sockets.must("socket", sockets.open())];
  try {
    sockets.must("filter", discarded === null ? sockets.discardAll(sink) : sockets.discardOf(sink, discarded));
    sockets.must("bind", sockets.bind(sink, { address: LOOPBACK, port: 0 }));
    sockets.must("connect", sockets.connect(sender, sockets.localAddress(sink)));
    const piece = arena.take(16);
    expect(libc.send(sender, piece.address, bytes, MSG_DONTWAIT)).toBe(bytes);
    expect(libc.recv(sink, piece.address, 16, MSG_DONTWAIT)).toBe(got);
    if (got < 0) expect(libc.errno()).toBe(11);
  } finally {
    sockets.close(sink);
    sockets.close(sender);
  }
});
