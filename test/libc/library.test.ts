import { expect, it } from "vitest";
import { Arena } from "../../src/libc/arena.ts";
import { errnoName, loadLibc } from "../../src/libc/library.ts";
import { Messages, messageBytes } from "../../src/libc/messages.ts";
import { Readiness, READINESS_BYTES } from "../../src/libc/readiness.ts";
import { Sockets } from "../../src/libc/sockets.ts";

const LOOPBACK = 0x7f00_0001;
const OTHER_SOURCE = 0x7f00_0002;

it.each([[1, "EPERM"], [11, "EAGAIN"], [105, "ENOBUFS"], [0, "unknown"], [9999, "errno 9999"]])("calls errno %i %s", (number, name) => {
  expect(errnoName(number)).toBe(name);
});

// Only loopback is used. Where koffi has no binary the program falls back to Node's sockets; CI must have one.
const libc = loadLibc();
const skipped = libc === null && process.env["CI"] === undefined;

it.skipIf(skipped)(`sends from 127.0.0.2 with sendmmsg over loopback${skipped ? " (skipped: koffi does not load on this machine)" : ""}`, () => {
  if (libc === null) throw new Error("koffi does not load, and in CI it must");
  const arena = new Arena(libc, 2 * 2 * messageBytes(64) + READINESS_BYTES + 1024);
  const sockets = new Sockets(libc, arena);
  const readiness = new Readiness(libc, arena);
  const receiver = sockets.must("socket", sockets.open());
  const sender = sockets.must("socket", sockets.open());
  try {
    sockets.must("bind", sockets.bind(receiver, { address: LOOPBACK, port: 0 }));
    sockets.must("bind", sockets.bind(sender, { address: 0, port: 0 }));
    readiness.watch(receiver, 77);
    expect(readiness.ready()).toBe(0);
    const to = sockets.localAddress(receiver);
    expect(to.address).toBe(LOOPBACK);
    // A connected socket takes datagrams from that address and port only, so the source is seen by what arrives.
    sockets.must("connect", sockets.connect(receiver, { address: OTHER_SOURCE, port: sockets.localAddress(sender).port }));

    const outgoing = new Messages(libc, arena, { count: 2, packetBytes: 64 });
    outgoing.sendTo(to);
    outgoing.chooseSources();
    for (const [i, source] of [LOOPBACK, OTHER_SOURCE].entries()) {
      outgoing.setSource(i, source);
      outgoing.setLength(i, 3);
      arena.bytes.set([i, 0xab, 0xcd], outgoing.packetOffset(i));
    }
    expect(sockets.must("sendmmsg", outgoing.send(sender, 0, 2, 0))).toBe(2);

    readiness.wait(5e9);
    expect([readiness.ready(), readiness.key(0)]).toEqual([1, 77]);
    const incoming = new Messages(libc, arena, { count: 2, packetBytes: 64 });
    expect(incoming.receive(receiver, 0)).toBe(1);
    const at = incoming.packetOffset(0);
    expect([...arena.bytes.subarray(at, at + incoming.receivedBytes(0))]).toEqual([1, 0xab, 0xcd]);

    expect(incoming.receive(receiver, 0)).toBe(-1);
    expect(errnoName(libc.errno())).toBe("EAGAIN");
  } finally {
    readiness.close();
    sockets.close(receiver);
    sockets.close(sender);
  }
});
