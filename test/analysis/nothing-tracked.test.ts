import { expect, test } from "vitest";
import { nothingTracked } from "../../src/analysis/nothing-tracked.ts";

const still = { peak: 0, drop: 0, earlyDrop: 0, insertFailed: 0, outRequests: 0, ruleset: "" };
const tracking = "table inet t {\n\tchain o {\n\t\ttype filter hook output priority filter; policy accept;\n\t\tct state new counter packets 0 bytes 0\n\t}\n}\n";
const other = tracking.replace("ct state new", "udp dport 53");

test.each<[string, Partial<Parameters<typeof nothingTracked>[0]>, ReturnType<typeof nothingTracked>]>([
  ["packets that left no entry", { outRequests: 120 }, { why: "120 packets went out and left no entry in it", byPackets: true }],
  ["a packet, whatever the rules", { outRequests: 1, ruleset: tracking }, { why: "1 packet went out and left no entry in it", byPackets: true }],
  ["packets, and rules that nobody may list", { outRequests: 2, ruleset: null }, { why: "2 packets went out and left no entry in it", byPackets: true }],
  ["no packet, and no rules", {}, { why: "no nft rule asks for it, and it had no entry", byPackets: false }],
  ["packets not counted, and rules of another kind", { outRequests: null, ruleset: other }, { why: "no nft rule asks for it, and it had no entry", byPackets: false }],
  ["no packet, and a rule that asks for it", { ruleset: tracking }, null],
  ["no packet, and rules that nobody may list", { ruleset: null }, null],
  ["an entry", { peak: 1, outRequests: 120 }, null],
  ["an unknown peak", { peak: null, outRequests: 120 }, null],
  ["drops", { drop: 1, outRequests: 120 }, null],
  ["unknown drops", { drop: null, outRequests: 120 }, null],
  ["evictions", { earlyDrop: 1, outRequests: 120 }, null],
  ["clashes", { insertFailed: 1, outRequests: 120 }, null],
])("%s", (_, differs, proof) => {
  expect(nothingTracked({ ...still, ...differs })).toEqual(proof);
});
