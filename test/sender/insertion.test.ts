import { describe, expect, it } from "vitest";
import { CallError } from "../../src/libc/sockets.ts";
import { Insertion } from "../../src/sender/engines/libc/insertion.ts";
import type { InsertionJob } from "../../src/sender/protocol.ts";
import { FakeNetlink } from "../libc/fake-netlink.ts";

const [EPERM, ENOMEM, EEXIST, EINVAL] = [1, 12, 17, 22];
const RESOLVER = { address: "127.0.0.53", port: 53 };
const UDP = { protocol: "udp", state: "replied", assured: false, timeoutS: 30, share: 0.25, destination: RESOLVER } as const;
const TCP = { protocol: "tcp", state: "established", assured: true, timeoutS: 432_000, share: 0.75, destination: { ...RESOLVER, port: 443 } } as const;

function aJob(groups: InsertionJob["groups"]): InsertionJob {
  return { kind: "fill", by: "insertion", phase: 3, namespace: null, sources: { base: 0x7f40_0000, size: 64 }, ports: { first: 20_000, last: 20_009 }, groups };
}

function insert(libc: FakeNetlink, groups: InsertionJob["groups"], stopped = () => false) {
  return new Insertion({ libc, clock: { nowNs: () => 5 }, job: aJob(groups), stopped }).run();
}

describe("Insertion", () => {
  it("asks for every entry of every group once, from a tuple of its own", () => {
    const libc = new FakeNetlink();
    const event = insert(libc, [{ ...UDP, entries: 100 }, { ...TCP, entries: 300 }]);
    expect(libc.messages).toHaveLength(400);
    expect(new Set(libc.messages.map((view) => `${view.getUint32(0x20)}:${view.getUint16(0x3c)}`)).size).toBe(400);
    expect(libc.messages.map((view) => view.getUint8(0x34))).toEqual(Array.from({ length: 400 }, (_, i) => (i < 100 ? 17 : 6)));
    expect(event).toEqual({
      type: "filled", atNs: 5, phase: 3, flows: 400, replied: 0, confirmed: 0, repaired: 0, failed: {},
      inserted: [
        { protocol: "udp", state: "replied", assured: false, timeoutS: 30, entries: 100 },
        { protocol: "tcp", state: "established", assured: true, timeoutS: 432_000, entries: 300 },
      ],
    });
  });

  it.each([["unreplied", 0x08], ["replied", 0x0a]] as const)("writes %s into the status", (state, status) => {
    const libc = new FakeNetlink();
    insert(libc, [{ ...UDP, state, entries: 1 }]);
    expect(libc.messages[0]?.getUint32(0x80)).toBe(status);
  });

  it.each([["syn-sent", 1, 0x0c], ["syn-recv", 2, 0x0e], ["established", 3, 0x0e], ["fin-wait", 4, 0x0e], ["close-wait", 5, 0x0e], ["last-ack", 6, 0x0e], ["time-wait", 7, 0x0e], ["close", 8, 0x0e]] as const)(
    "gives TCP %s its number",
    (state, number, status) => {
      const libc = new FakeNetlink();
      insert(libc, [{ ...TCP, state, entries: 1 }]);
      expect([libc.messages[0]?.getUint8(0x98), libc.messages[0]?.getUint32(0x80)]).toEqual([number, status]);
    },
  );

  it("counts what was refused by errno, and as not inserted", () => {
    const libc = new FakeNetlink((message) => (message === 10 ? EEXIST : message >= 350 ? ENOMEM : 0));
    const { failed, flows, inserted } = insert(libc, [{ ...UDP, entries: 100 }, { ...TCP, entries: 300 }]);
    expect({ failed, flows, inserted: inserted?.map(({ entries }) => entries) }).toEqual({ failed: { EEXIST: 1, ENOMEM: 50 }, flows: 349, inserted: [99, 250] });
  });

  it.each([
    [EPERM, "insertion needs CAP_NET_ADMIN in the table's network namespace: EPERM"],
    [EINVAL, "insertion through ctnetlink (nf_conntrack_netlink): EINVAL"],
  ])("gives up at once where ctnetlink does not work for us (errno %i)", (errno, message) => {
    const libc = new FakeNetlink(() => errno);
    const attempt = (): unknown => insert(libc, [{ ...TCP, entries: 1000 }]);
    expect(attempt).toThrow(CallError);
    expect(attempt).toThrow(message);
    expect(libc.requests).toHaveLength(2);
  });

  it("stops when told to", () => {
    const libc = new FakeNetlink();
    expect(insert(libc, [{ ...TCP, entries: 1000 }], () => libc.requests.length === 2).flows).toBe(128);
  });
});
