import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { addNotrack, missingNotrack, nameRule } from "../../src/analysis/causes/notrack-rules.ts";
import { countRules, seeRules } from "../../src/analysis/causes/see-rules.ts";
import type { RuleChange } from "../../src/analysis/drop-rules.ts";
import { summarize } from "../../src/analysis/summarize.ts";
import type { Verdict } from "../../src/analysis/summary.ts";
import { openRun } from "../../src/store/read-run.ts";
import { firewallAndFullStory, firewallStory, inputRuleStory, replyDropStory, RULE, rulesOf } from "../fixtures/runs/causes.ts";
import { healthyStory } from "../fixtures/runs/stories.ts";
import { SECOND, storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-advice-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));
const verdictOf = (story: Story): Verdict => summarize(openRun(storeRun(root, story))).summary.verdict;

const ruleset = (...chains: string[]): string => `table inet raw {\n${chains.join("\n")}\n}\n`;
const chain = (hook: string, ...rules: string[]): string => `\tchain x${hook} {\n\t\ttype filter hook ${hook} priority raw; policy accept;\n${rules.map((rule) => `\t\t${rule}\n`).join("")}\t}`;
const QUERIES = chain("output", "udp dport 53 counter packets 3 bytes 90 notrack");
const ANSWERS = chain("prerouting", "udp sport { 53, 5353 } notrack");

describe("rules that exempt DNS from tracking", () => {
  it.each<[string, string | null, boolean, string[] | null]>([
    ["none", ruleset(), false, null],
    ["nothing known", null, false, null],
    ["queries only", ruleset(QUERIES), false, ["answers that arrive (udp sport 53 in prerouting)"]],
    ["answers only", ruleset(ANSWERS), false, ["queries that leave (udp dport 53 in output)"]],
    ["both", ruleset(QUERIES, ANSWERS), false, []],
    ["both, of a resolver here", ruleset(QUERIES, ANSWERS), true, ["queries that arrive (udp dport 53 in prerouting)", "answers that leave (udp sport 53 in output)"]],
    ["another port", ruleset(chain("output", "udp dport 5353 notrack")), false, null],
  ])("%s", (_, text, resolverHere, missing) => {
    expect(missingNotrack(text, { resolverHere })?.map(nameRule) ?? null).toEqual(missing);
  });

  it("are added where they are missing", () => {
    expect(addNotrack(missingNotrack(ruleset(QUERIES), { resolverHere: false }) ?? [])).toEqual([
      "nft add table inet dns_raw",
      "nft add chain inet dns_raw pre '{ type filter hook prerouting priority raw; }'",
      "nft add rule inet dns_raw pre udp sport 53 notrack",
    ]);
  });

  it("are looked for in the ruleset that a program left behind", () => {
    const { ruleset: left, ...story } = replyDropStory();
    const events: Story["events"] = [{ type: "ruleset", atNs: 0.3 * SECOND, text: left ?? "" }];
    const { next, evidence } = verdictOf({ ...story, ruleset: "", events });
    expect(evidence.at(-1)).toContain("no rule exempts answers that arrive (udp sport 53 in prerouting)");
    expect(next.slice(0, 4)).toEqual(["# Exempt the rest of DNS too: answers that arrive (udp sport 53 in prerouting)", ...addNotrack(missingNotrack(left, { resolverHere: false }) ?? [])]);
  });
});

describe("rules that drop", () => {
  const rule = (text: string): RuleChange => ({ rule: text, hook: "output", packets: 1 });

  it("are shown by the tool that made them", () => {
    expect(seeRules([rule(RULE), rule("ip filter OUTPUT: udp dport 53 counter drop"), rule("ip filter KUBE-FIREWALL: counter drop"), rule("ip6 raw OUTPUT: counter drop")])).toEqual([
      "# Find the rule with its handle, then change it or delete it",
      "nft -a list chain inet filter output",
      "# Made with iptables: find the rule with its number, then change it or delete it (-D CHAIN NUMBER)",
      "iptables -t filter -L OUTPUT -v -n --line-numbers",
      "iptables -t filter -L KUBE-FIREWALL -v -n --line-numbers",
      "ip6tables -t raw -L OUTPUT -v -n --line-numbers",
    ]);
    expect(verdictOf({ ...firewallStory(), dropRules: rulesOf("ip filter OUTPUT: udp dport 53 counter drop", "output", [7, 1507]) }).next).toEqual([
      "# Made with iptables: find the rule with its number, then change it or delete it (-D CHAIN NUMBER)",
      "iptables -t filter -L OUTPUT -v -n --line-numbers",
    ]);
  });

  it("are made to count", () => {
    expect(countRules([rule("inet filter output: policy drop")])).toEqual(["# Count what the policy drops with a last rule in its chain, then run again", "nft add rule inet filter output counter"]);
    expect(countRules([rule("inet filter output: udp dport 53 drop")])).toEqual(["# Give the rule a counter before its verdict, then run again", "nft -a list chain inet filter output"]);
    expect(countRules([rule("ip filter INPUT: policy drop")])).toEqual(["# iptables counts it in the first line of the chain", "iptables -t filter -L INPUT -v -n --line-numbers"]);
  });
});

describe("where nothing is proven", () => {
  test("the part of the EPERM that is the table's is told, beside a rule that does not count", () => {
    const { cause, next, sentence } = verdictOf({ ...firewallAndFullStory(), dropRules: rulesOf(RULE, "output", [null, null]) });
    expect(cause).toBe("inconclusive");
    expect(sentence).toBe("The connection-tracking table was full, and its drops explain 4,316 of 5,158 EPERM; why the other 842 sends were refused is not settled.");
    expect(next[0]).toBe(`# Drops on the way out, and nothing says how much: ${RULE}`);
    expect(next).toContain("# For the part that is the table's:");
    expect(next.join("\n")).toContain("nf_conntrack_max=");
  });

  test("a policy that drops on the way in is the suspect for missing answers", () => {
    const { cause, next, sentence } = verdictOf({ ...inputRuleStory(), dropRules: rulesOf("inet filter input: policy drop", "input", [null, null]) });
    expect(cause).toBe("inconclusive");
    expect(sentence).toBe("1,500 of 6,000 queries got no answer; the first suspect is inet filter input: policy drop, of which nothing says what it dropped.");
    expect(next).toContain("nft add rule inet filter input counter");
  });

  test("other errnos are told, with what they mean", () => {
    const ticks = healthyStory().ticks.map((tick) => ({ ...tick, attempted: 100, sent: 90, answered: { NOERROR: 90 }, unanswered: 0, failed: { ECONNREFUSED: 9, EWHATEVER: 1 } }));
    const { cause, evidence, next } = verdictOf({ ...healthyStory(), ticks });
    expect(cause).toBe("inconclusive");
    expect(evidence).toContain("sends that failed with another errno: 540 ECONNREFUSED, 60 EWHATEVER");
    expect(next).toEqual([
      "# 540 sends failed with ECONNREFUSED: nobody listens at the target (an ICMP error came back)",
      "ss -lun",
      "# 60 sends failed with EWHATEVER: no cause that this program knows of",
    ]);
  });

  test("late answers are told, and there is always something to do", () => {
    const late = (count: number): Story => ({ ...healthyStory(), ticks: healthyStory().ticks.map((tick) => ({ ...tick, attempted: 100, sent: 100, answered: { NOERROR: 100 - count }, unanswered: 0, late: count })) });
    expect(verdictOf(late(20)).next).toEqual(["# 1,200 answers came after the timeout: the resolver, or this machine, is slow. Wait longer (--timeout), or send more slowly (--rate)"]);
    expect(verdictOf({ ...late(0), totalsAt: (atS) => ({ drop: atS > 1 ? 5 : 0 }) }).next).toEqual(["# drop rises though no query of ours is missing: other traffic here meets the table", "conntrack -S"]);
    const open = healthyStory().ticks.map((tick) => ({ ...tick, attempted: 100, sent: 100, answered: { NOERROR: 90 }, unanswered: 0, outstanding: 10 }));
    expect(verdictOf({ ...healthyStory(), state: "interrupted", ticks: open })).toMatchObject({
      cause: "inconclusive", next: ["# Nothing that was observed stands out: run it again, longer, and see whether it stays so"],
    });
  });
});

describe("a program of the scenario's own that failed", () => {
  const exec = { type: "exec", atNs: 0.2 * SECOND, phase: 0, command: ["nft", "add", "rule"], exitCode: 0, signal: null, stdout: "", stderr: "", tookNs: 5e6 } satisfies Story["events"][number];

  test.each([
    [{ exitCode: 1, stderr: "\u001B[31mError: syntax\nmore" }, "the program nft ended with exit code 1: what it was to do may not be done ([31mError: syntax)"],
    [{ exitCode: null, signal: "SIGKILL" }, "the program nft was ended by SIGKILL: what it was to do may not be done"],
    [{ exitCode: null }, "the program nft ended in a way that is not known: what it was to do may not be done"],
  ])("is a doubt: %j", (end, text) => {
    expect(verdictOf({ ...healthyStory(), events: [exec, { ...exec, ...end }] }).findings).toEqual([{ kind: "program-failed", text }]);
  });
});
