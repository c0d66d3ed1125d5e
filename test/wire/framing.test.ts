import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachMessage, LENGTH_BYTES, LONGEST_MESSAGE, writeLength } from "../../src/wire/framing.ts";

function framed(message: Uint8Array): number[] {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length);
  writeLength(bytes, 0, message.length);
  bytes.set(message, LENGTH_BYTES);
  return [...bytes];
}

/** All whole messages of a stream that arrives in these pieces, each after what was left of the one before. */
function read(pieces: readonly Uint8Array[]): number[][] {
  const messages: number[][] = [];
  let rest: number[] = [];
  for (const piece of pieces) {
    const bytes = Uint8Array.from([7, ...rest, ...piece, 7]);
    const length = bytes.length - 2;
    const used = eachMessage(bytes, 1, length, (offset, size) => messages.push([...bytes.subarray(offset, offset + size)]));
    rest = [...bytes.subarray(1 + used, 1 + length)];
  }
  return messages;
}

describe("messages over TCP", () => {
  it("are the same however the stream is cut", () => {
    const message = fc.uint8Array({ maxLength: 300 });
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 }), (messages, cuts) => {
      const stream = Uint8Array.from(messages.flatMap(framed));
      const pieces: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = cuts[i % cuts.length] as number;
        pieces.push(stream.subarray(at, at + length));
        at += length;
      }
      expect(read(pieces)).toEqual(messages.map((bytes) => [...bytes]));
    }));
  });

  it("may be as long as two bytes can say", () => {
    const longest = new Uint8Array(LONGEST_MESSAGE).fill(5);
    expect(read([Uint8Array.from(framed(longest))])[0]).toHaveLength(LONGEST_MESSAGE);
  });

  it("are not there before their last byte", () => {
    const whole = Uint8Array.from(framed(Uint8Array.of(1, 2, 3)));
    expect(eachMessage(whole, 0, whole.length - 1, () => expect.unreachable())).toBe(0);
    expect(eachMessage(whole, 0, 1, () => expect.unreachable())).toBe(0);
  });
});
