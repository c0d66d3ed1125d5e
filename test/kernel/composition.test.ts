import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Composition } from "../../src/kernel/composition.ts";
import { createCompositionCounter } from "../../src/kernel/composition.ts";
import { compositionRecord } from "../../src/store/event-records.ts";
import { fixture, VERSIONS } from "./fixtures.ts";

const count = (...chunks: string[]): Composition => {
  const counter = createCompositionCounter();
  for (const chunk of chunks) counter.addChunk(chunk);
  return counter.finish();
};

describe("createCompositionCounter", () => {
  it("counts what a 6.18 kernel printed", () => {
    expect(count(fixture("6.18", "entries"))).toEqual({
      groups: [
        { protocol: "udp", state: "REPLIED", assured: true, entries: 3 },
        { protocol: "udp", state: "UNREPLIED", assured: false, entries: 3 },
        { protocol: "gre", state: "UNREPLIED", assured: false, entries: 1 },
        { protocol: "tcp", state: "ESTABLISHED", assured: true, entries: 1 },
        { protocol: "tcp", state: "TIME_WAIT", assured: true, entries: 1 },
        { protocol: "udp", state: "REPLIED", assured: false, entries: 1 },
        { protocol: "unknown(99)", state: "UNREPLIED", assured: false, entries: 1 },
      ],
      entries: 11,
      unreadable: 0,
    });
  });

  it("counts the same from /proc and from both forms of conntrack -L", () => {
    const proc = count(fixture("6.18", "entries"));
    expect(count(fixture("6.18", "conntrack-L"))).toEqual(proc);
    expect(count(fixture("6.18", "conntrack-L-extended"))).toEqual(proc);
  });

  it("keeps offloaded entries apart", () => {
    const { groups } = count(fixture("6.12", "entries"));
    expect(groups).toContainEqual({ protocol: "tcp", state: "OFFLOAD", assured: false, entries: 1 });
    expect(groups).toContainEqual({ protocol: "udp", state: "OFFLOAD", assured: false, entries: 1 });
    expect(groups).toContainEqual({ protocol: "sctp", state: "ESTABLISHED", assured: true, entries: 1 });
  });

  it.each(VERSIONS)("fits a stored record: %s", (version) => {
    const { groups, entries, unreadable } = count(fixture(version, "entries"));
    expect(compositionRecord.shape.groups.parse(groups)).toEqual(groups);
    expect(groups.reduce((sum, group) => sum + group.entries, 0)).toBe(entries);
    expect(unreadable).toBe(0);
  });

  it("does not care where the text is cut", () => {
    const text = fixture("6.12", "entries");
    const whole = count(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(count(...at.slice(1).map((end, index) => text.slice(at[index], end)))).toEqual(whole);
      }),
    );
  });

  it("takes single lines, and says how many it could not read", () => {
    const counter = createCompositionCounter();
    counter.addLine("udp      17 29 src=127.0.0.1 dst=127.0.0.1 sport=1 dport=53 src=127.0.0.1 dst=127.0.0.1 sport=53 dport=1 use=1");
    counter.addLine("conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.");
    counter.addLine("");
    expect(counter.finish()).toEqual({
      groups: [{ protocol: "udp", state: "REPLIED", assured: false, entries: 1 }],
      entries: 1,
      unreadable: 1,
    });
  });
});
