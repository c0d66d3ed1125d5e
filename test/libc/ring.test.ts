import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Arena } from "../../src/libc/arena.ts";
import { loadLibc } from "../../src/libc/library.ts";
import { Ring, RING_BYTES } from "../../src/libc/ring.ts";
import { MSG_DONTWAIT, Sockets } from "../../src/libc/sockets.ts";

const LOOPBACK = 0x7f00_0001;

// Only loopback is used. Where koffi has no binary, or the kernel no ring, the program does without; CI must have both.
const libc = loadLibc();
const possible = libc !== null && Ring.open(libc, new Arena(libc, RING_BYTES)) !== null;
const skipped = !possible && process.env["CI"] === undefined;

describe.skipIf(skipped)(`Ring${skipped ? " (skipped: this kernel does not let us have one)" : ""}`, () => {
  let arena: Arena;
  let sockets: Sockets;
  let ring: Ring;

  beforeEach(() => {
    if (libc === null) throw new Error("koffi does not load, and in CI it must");
    arena = new Arena(libc, RING_BYTES + 4096);
    sockets = new Sockets(libc, arena);
    const opened = Ring.open(libc, arena);
    if (opened === null) throw new Error("the kernel has no io_uring for us, and in CI it must");
    ring = opened;
  });

  afterEach(() => void vi.restoreAllMocks());

  const open = (count: number): number[] => {
    const places = Array.from({ length: count }, () => ring.open());
    ring.run();
    return places.map((place) => ring.result(place));
  };
  // A socket's descriptor is a link to no file, which stat follows all the same.
  const isOpen = (fd: number): boolean => fs.existsSync(`/proc/self/fd/${fd}`);

  it.each([true, false])("closes what it was given and nothing else, in a row or not (the kernel closes rows: %s)", (rows) => {
    if (libc === null) throw new Error("koffi does not load, and in CI it must");
    const closeRange = vi.spyOn(libc, "closeRange");
    if (!rows) closeRange.mockReturnValue(-1);
    // More than are put off at most, in an order of their own.
    const fds = open(100);
    const kept = fds.filter((_, i) => i % 9 === 4);
    const given = fds.filter((fd) => !kept.includes(fd)).toReversed();
    for (const fd of given) ring.close(fd);
    ring.run();
    // A row ends where one is kept, or where they were put off no longer.
    expect(closeRange.mock.calls.length).toBeLessThan(kept.length + 5);
    expect(given.filter(isOpen)).toEqual([]);
    expect(kept.filter((fd) => !isOpen(fd))).toEqual([]);
    for (const fd of kept) ring.close(fd);
    ring.end();
    expect(kept.filter(isOpen)).toEqual([]);
  });

  it("sends from sockets that are kept and from others, and lets all go in the end", () => {
    const sink = sockets.must("socket", sockets.open());
    sockets.must("bind", sockets.bind(sink, { address: LOOPBACK, port: 0 }));
    const at = sockets.localAddress(sink);
    const fds = open(3);
    for (const fd of fds) sockets.must("connect", sockets.connect(fd, at));
    ring.keep(fds.slice(1));
    const own = fds.map((fd) => sockets.localAddress(fd));
    // The ring's own files do not need their descriptors.
    sockets.close(fds[2] as number);
    const packet = arena.take(16);
    const places = fds.map((fd, i) => ring.send(fd, packet.address, 4 + i));
    ring.run();
    expect(places.map((place) => ring.result(place))).toEqual([4, 5, 6]);
    expect(fds.map(() => libc?.recv(sink, packet.address, 16, MSG_DONTWAIT))).toEqual([4, 5, 6]);
    ring.end();
    for (const fd of fds.slice(0, 2)) sockets.close(fd);
    // Their ports are free at once.
    const again = own.map((address) => {
      const fd = sockets.must("socket", sockets.open());
      sockets.must("bind", sockets.bind(fd, address));
      return fd;
    });
    for (const fd of [...again, sink]) sockets.close(fd);
  });
});
