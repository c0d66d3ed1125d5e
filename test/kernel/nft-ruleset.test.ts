import fc from "fast-check";
import { expect, test } from "vitest";
import { dropRules } from "../../src/kernel/nft-ruleset.ts";

const RULESET = `table inet tablefull {
	chain output {
		type filter hook output priority filter; policy accept;
		ct state new counter packets 4006 bytes 248372
	}
}
table inet filter {
	chain output {
		type filter hook output priority filter; policy accept;
		udp dport 53 numgen random mod 100 < 25 counter packets 994 bytes 60634 drop
		oifname "drop" accept
		comment "never drop this" accept
		jump strict
	}

	chain strict {
		udp dport 5353 drop comment "noise"
	}

	chain input {
		type filter hook input priority filter; policy drop;
	}
}
`;

test("finds rules that drop, their hook and their counter", () => {
  expect(dropRules(RULESET)).toEqual([
    { rule: "inet filter output: udp dport 53 numgen random mod 100 < 25 counter drop", hook: "output", packets: 994 },
    { rule: 'inet filter strict: udp dport 5353 drop comment "noise"', hook: "output", packets: null },
    { rule: "inet filter input: policy drop", hook: "input", packets: null },
  ]);
});

test("finds nothing in a ruleset that drops nothing, or in no ruleset", () => {
  expect(dropRules(RULESET.slice(0, RULESET.indexOf("table inet filter")))).toEqual([]);
  expect(dropRules("")).toEqual([]);
});

const inChain = (rule: string, rest = ""): string =>
  `table ip t {\n\tchain out {\n\t\ttype filter hook output priority filter; policy accept;\n\t\t${rule}\n\t}\n${rest}}\n`;

test.each([
  ["counter packets 7 bytes 70 drop", 7],
  ['counter packets 7 bytes 70 log prefix "drop it" drop', 7],
  ["counter packets 7 bytes 70 reject with icmp port-unreachable", 7],
  ["udp dport 53 counter packets 7 bytes 70 meta mark 5 drop", null],
  ["udp dport vmap { 53 : drop, 54 : accept }", null],
])("%s", (rule, packets) => {
  expect(dropRules(inChain(rule))).toMatchObject([{ hook: "output", packets }]);
});

test("follows jumps to the hooks they come from, around in circles too", () => {
  const strict = "\tchain strict {\n\t\tcounter packets 3 bytes 9 drop\n\t\tgoto again\n\t}\n\tchain again {\n\t\tjump strict\n\t\treject\n\t}\n";
  expect(dropRules(inChain("udp dport 53 jump strict", strict)).map(({ hook, packets }) => [hook, packets])).toEqual([["output", 3], ["output", null]]);
  expect(dropRules(inChain("accept", strict))).toEqual([]);
});

test("never throws", () => {
  fc.assert(fc.property(fc.string(), (text) => void dropRules(text)));
  fc.assert(fc.property(fc.nat(RULESET.length), fc.string(), (at, text) => void dropRules(RULESET.slice(0, at) + text + RULESET.slice(at))));
});
