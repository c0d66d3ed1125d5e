import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCompositionCounter } from "../../src/kernel/composition.ts";
import { DumpCounter, dumpRequest } from "../../src/kernel/entry-dump.ts";
import { entryTemplate, type NewEntry } from "../../src/kernel/new-entry.ts";
import { fixture } from "./fixtures.ts";

const PARTS = fixture("6.18", "dump").trim().split("\n").map((line) => Uint8Array.from(Buffer.from(line, "base64")));
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function count(parts: readonly Uint8Array[]): DumpCounter {
  const counter = new DumpCounter();
  for (const part of parts) counter.addPart(viewOf(part), 0, part.length);
  return counter;
}

/** One of ctnetlink's own messages: an entry as it is asked for looks, to a reader, as one that is told. */
const DNS: NewEntry = { protocol: "udp", tcpState: null, replied: true, assured: false, timeoutS: 30, destination: { address: 1, port: 53 } };
const last = (type: number, code: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint32(0, 20, true);
  view.setUint16(4, type, true);
  view.setInt32(16, code, true);
  return new Uint8Array(view.buffer);
};
const DONE = last(3, 0);

describe("a dump of the table", () => {
  it("is asked for with IPCTNL_MSG_CT_GET, of every family", () => {
    expect(Buffer.from(dumpRequest()).toString("hex")).toBe("1400000001010103000000000000000000000000");
  });

  it("counts what conntrack -L counts of the same table", () => {
    const text = createCompositionCounter();
    text.addChunk(fixture("6.18", "dump-as-conntrack-L"));
    const counter = count(PARTS);
    expect([counter.ended, counter.errno]).toEqual([true, 0]);
    expect(counter.finish()).toEqual(text.finish());
    expect(counter.finish().entries).toBe(16);
  });

  it("does not care into how many parts it comes", () => {
    const messages: Uint8Array[] = [];
    for (const part of PARTS) {
      for (let at = 0; at < part.length; ) {
        const size = (viewOf(part).getUint32(at, true) + 3) & ~3;
        messages.push(part.slice(at, at + size));
        at += size;
      }
    }
    expect(count(messages).finish()).toEqual(count(PARTS).finish());
  });

  it.each([[0x0e, "REPLIED", true], [0x0a, "REPLIED", false], [0x08, "UNREPLIED", false], [0x400e, "OFFLOAD", true]])("reads a status of %i as %s, ASSURED %s", (status, state, assured) => {
    const { bytes } = entryTemplate(DNS);
    viewOf(bytes).setUint32(0x80, status);
    expect(count([bytes]).finish().groups).toEqual([{ protocol: "udp", state, assured, entries: 1 }]);
  });

  it("has not ended before the kernel says so", () => {
    expect(count([entryTemplate(DNS).bytes]).ended).toBe(false);
    expect(count([DONE]).ended).toBe(true);
  });

  it("tells what the kernel said instead", () => {
    const refused = count([last(2, -1)]);
    expect([refused.ended, refused.errno]).toEqual([true, 1]);
  });

  it("is never read beyond its end, whatever its attributes say", () => {
    const attribute = fc.tuple(fc.nat(40), fc.constantFrom(0x8001, 0x8002, 1, 2, 3, 0x8004));
    fc.assert(fc.property(fc.array(attribute, { maxLength: 12 }), (attributes) => {
      const view = new DataView(new ArrayBuffer(20 + 4 * attributes.length));
      view.setUint32(0, view.byteLength, true);
      view.setUint16(4, 0x0100, true);
      attributes.forEach(([length, type], i) => {
        view.setUint16(20 + 4 * i, length, true);
        view.setUint16(22 + 4 * i, type, true);
      });
      expect(count([new Uint8Array(view.buffer)]).finish().entries).toBe(1);
    }));
  });
});
