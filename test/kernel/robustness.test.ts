import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCompositionCounter } from "../../src/kernel/composition.ts";
import { createStatAccumulator, parseConntrackStat } from "../../src/kernel/conntrack-stat.ts";
import { parseEntry } from "../../src/kernel/entry.ts";
import { parseKmsgRecord } from "../../src/kernel/kmsg.ts";
import { createNetAccumulator, parseSnmp } from "../../src/kernel/snmp.ts";
import { parsePortRange, parseUnsigned } from "../../src/kernel/sysctl.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

const FIXTURES = VERSIONS.flatMap((version) => ["stat", "snmp", "kmsg", "entries"].map((name) => fixture(version, name)));

/** A fixture with pieces cut out, doubled, or replaced by anything. */
const mutated = fc
  .record({
    text: fc.constantFrom(...FIXTURES),
    edits: fc.array(fc.record({ at: fc.nat(4000), cut: fc.nat(80), put: fc.oneof(fc.string(), fc.string({ unit: "binary" })) }), {
      maxLength: 6,
    }),
  })
  .map(({ text, edits }) =>
    edits.reduce((now, { at, cut, put }) => {
      const from = at % (now.length + 1);
      return now.slice(0, from) + put + now.slice(from + cut);
    }, text),
  );
const anyText = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 300 }), mutated, mutated);

/** Everything that reads kernel text, on one text. */
function readAll(text: string): void {
  const stat = parseConntrackStat(text);
  if (stat !== null) {
    const accumulator = createStatAccumulator();
    accumulator.add(stat);
    expect(accumulator.add(stat)).toBeNull();
  }
  const net = createNetAccumulator();
  net.add(parseSnmp(text));
  parseUnsigned(text);
  parsePortRange(text);
  const composition = createCompositionCounter();
  composition.addChunk(text);
  composition.finish();
  for (const line of [text, ...text.split("\n")]) {
    parseEntry(line);
    parseKmsgRecord(line);
  }
}

describe("parsers of kernel text", () => {
  it("never throw", () => {
    fc.assert(fc.property(anyText, readAll), { numRuns: 1000 });
  });

  it.each([
    ["spaces", " "],
    ["digits", "1"],
    ["names", "ipv4 "],
    ["flags", "timeout=1"],
    ["addresses", " src=1"],
  ])("are done soon with a long line of %s", (_what, unit) => {
    readAll(unit.repeat(100_000));
    readAll(`ipv4     2 gre      47 29 ${unit.repeat(100_000)}`);
  });
});
