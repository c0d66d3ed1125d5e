import { describe, expect, it } from "vitest";
import { Arena } from "../../src/libc/arena.ts";
import { Netlink, NETLINK_NETFILTER, netlinkBytes } from "../../src/libc/netlink.ts";
import { CallError } from "../../src/libc/sockets.ts";
import { FakeNetlink } from "./fake-netlink.ts";

const SIZE = 20;
const REQUEST = 4 * SIZE;

/** A socket whose buffer holds four messages of a header and 4 bytes. */
function open(libc: FakeNetlink): Netlink {
  const arena = new Arena(libc, netlinkBytes(REQUEST));
  const netlink = new Netlink(libc, arena, { protocol: NETLINK_NETFILTER, requestBytes: REQUEST });
  for (let i = 0; i < 4; i++) arena.view.setUint32(netlink.request.offset + i * SIZE, SIZE, true);
  return netlink;
}

describe("Netlink", () => {
  it("tells the error of each message that failed, and nothing of the others", () => {
    const libc = new FakeNetlink((message) => (message === 1 ? 17 : message === 3 ? 12 : 0));
    const errors: number[] = [];
    open(libc).send(REQUEST, (errno) => errors.push(errno));
    expect(libc.messages).toHaveLength(4);
    expect(errors).toEqual([17, 12]);
  });

  it("sends as much of the request as it is told", () => {
    const libc = new FakeNetlink();
    open(libc).send(2 * SIZE, () => {});
    expect(libc.requests).toEqual([2 * SIZE]);
  });

  it("does not take errors that were lost for success", () => {
    const libc = new FakeNetlink();
    libc.recv = () => {
      libc.lastErrno = 105;
      return -1;
    };
    expect(() => open(libc).send(SIZE, () => {})).toThrow(new CallError("netlink receive", "ENOBUFS"));
  });

  it("says what a kernel without the protocol said", () => {
    const libc = new FakeNetlink();
    libc.lastErrno = 93;
    libc.socket = () => -1;
    expect(() => open(libc)).toThrow(new CallError("netlink socket", "EPROTONOSUPPORT"));
  });

  it("closes its socket", () => {
    const libc = new FakeNetlink();
    open(libc).close();
    expect(libc.closed).toHaveLength(1);
  });
});
