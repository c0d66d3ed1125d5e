import { describe, expect, it } from "vitest";
import { Arena } from "../../src/libc/arena.ts";
import { Messages, messageBytes } from "../../src/libc/messages.ts";
import { BASE, FakeLibc } from "./fake-libc.ts";

// struct mmsghdr of 64-bit Linux, from <bits/types/struct_mmsghdr.h> and <bits/socket.h>:
//   0 msg_name   8 msg_namelen   16 msg_iov   24 msg_iovlen   32 msg_control   40 msg_controllen   48 msg_flags   56 msg_len
const MMSGHDR_BYTES = 64;

class Recorder extends FakeLibc {
  readonly calls: number[][] = [];

  override sendmmsg(...args: [number, number, number]): number {
    this.calls.push(args);
    return args[2];
  }

  override recvmmsg = (...args: number[]): number => {
    this.calls.push(args);
    return 0;
  };
}

function create(count: number, packetBytes: number): { libc: Recorder; arena: Arena; messages: Messages; header: (i: number) => DataView } {
  const libc = new Recorder();
  const arena = new Arena(libc, count * messageBytes(packetBytes));
  const messages = new Messages(libc, arena, { count, packetBytes });
  messages.send(5, 0, count, 0);
  const first = libc.calls.pop()?.[1] ?? 0;
  return { libc, arena, messages, header: (i) => libc.at(first + i * MMSGHDR_BYTES) };
}

const pointer = (view: DataView, offset: number): number => Number(view.getBigUint64(offset, true));

describe("Messages", () => {
  it("points each header to one iovec, and that to its own packet", () => {
    const { libc, messages, header } = create(3, 50);
    for (let i = 0; i < 3; i++) {
      expect(pointer(header(i), 24)).toBe(1);
      const iovec = libc.at(pointer(header(i), 16));
      expect(pointer(iovec, 0)).toBe(BASE + messages.packetOffset(i));
      expect(pointer(iovec, 8)).toBe(50);
      expect([pointer(header(i), 0), header(i).getUint32(8, true), pointer(header(i), 32), pointer(header(i), 40)]).toEqual([0, 0, 0, 0]);
    }
    expect(messages.packetOffset(1) - messages.packetOffset(0)).toBe(50);
  });

  it("fits into the bytes it says it takes, whatever the count", () => {
    for (const count of [1, 2, 64]) for (const packetBytes of [1, 17, 512]) expect(() => create(count, packetBytes)).not.toThrow();
  });

  it("addresses every message", () => {
    const { libc, messages, header } = create(2, 50);
    messages.sendTo({ address: 0x7f00_0035, port: 53 });
    for (let i = 0; i < 2; i++) {
      expect(header(i).getUint32(8, true)).toBe(16);
      const name = libc.at(pointer(header(i), 0));
      expect(new Uint8Array(name.buffer, name.byteOffset, 8)).toEqual(Uint8Array.of(2, 0, 0, 53, 127, 0, 0, 53));
    }
    expect(pointer(header(1), 0) - pointer(header(0), 0)).toBe(16);
  });

  it("addresses each message by itself", () => {
    const { libc, messages, header } = create(2, 50);
    for (const [i, to] of [{ address: 0x7f40_0001, port: 20_000 }, { address: 0xffff_fffe, port: 65_535 }].entries()) {
      messages.useNames(i);
      messages.setDestination(i, to);
    }
    for (const [i, bytes] of [[2, 0, 0x4e, 0x20, 127, 64, 0, 1], [2, 0, 255, 255, 255, 255, 255, 254]].entries()) {
      expect(header(i).getUint32(8, true)).toBe(16);
      const name = libc.at(pointer(header(i), 0));
      expect(new Uint8Array(name.buffer, name.byteOffset, 8)).toEqual(Uint8Array.from(bytes));
    }
  });

  it("carries an IP_PKTINFO whose ipi_spec_dst is the source", () => {
    const { libc, messages, header } = create(2, 50);
    messages.chooseSources();
    messages.setSource(0, 0x7f00_0002);
    messages.setSource(1, 0xffff_fffe);
    for (const [i, source] of [[0, 0x7f00_0002], [1, 0xffff_fffe]] as const) {
      expect(pointer(header(i), 40)).toBe(32);
      const control = libc.at(pointer(header(i), 32));
      // cmsg_len 28, cmsg_level IPPROTO_IP, cmsg_type IP_PKTINFO; in_pktinfo: ipi_ifindex 0, ipi_spec_dst, ipi_addr 0.
      expect([pointer(control, 0), control.getInt32(8, true), control.getInt32(12, true)]).toEqual([28, 0, 8]);
      expect([control.getInt32(16, true), control.getUint32(20), control.getUint32(24)]).toEqual([0, source, 0]);
      expect(messages.source(i)).toBe(source);
    }
  });

  it("sets and tells lengths, and reads msg_len", () => {
    const { libc, messages, header } = create(2, 50);
    messages.setLength(1, 7);
    expect([messages.length(0), messages.length(1)]).toEqual([50, 7]);
    expect(pointer(libc.at(pointer(header(1), 16)), 8)).toBe(7);
    header(1).setUint32(56, 33, true);
    expect([messages.receivedBytes(0), messages.receivedBytes(1)]).toEqual([0, 33]);
  });

  it("tells where a datagram came from, and whether it was longer than its room", () => {
    const { libc, messages, header } = create(2, 50);
    const resolver = { address: 0x7f00_0035, port: 53 };
    for (let i = 0; i < 2; i++) messages.useNames(i);
    const name = libc.at(pointer(header(1), 0));
    // As the kernel writes a struct sockaddr_in.
    [2, 0, 0, 53, 127, 0, 0, 53].forEach((byte, at) => name.setUint8(at, byte));
    expect([messages.cameFrom(0, resolver), messages.cameFrom(1, resolver)]).toEqual([false, true]);
    expect(messages.cameFrom(1, { ...resolver, port: 54 })).toBe(false);
    expect(messages.cameFrom(1, { ...resolver, address: 0x7f00_0036 })).toBe(false);
    // MSG_CTRUNC, then MSG_TRUNC.
    header(0).setUint32(48, 0x8, true);
    header(1).setUint32(48, 0x20, true);
    expect([messages.cut(0), messages.cut(1)]).toEqual([false, true]);
  });

  it("hands the kernel the part of the batch that was asked for", () => {
    const { libc, messages } = create(8, 50);
    messages.send(5, 0, 8, 0);
    messages.send(5, 3, 7, 0x40);
    messages.receive(6, 0x40);
    const [[, first = 0] = []] = libc.calls;
    expect(libc.calls).toEqual([[5, first, 8, 0], [5, first + 3 * MMSGHDR_BYTES, 4, 0x40], [6, first, 8, 0x40, 0]]);
  });
});
