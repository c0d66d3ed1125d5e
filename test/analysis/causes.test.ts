import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { summarize } from "../../src/analysis/summarize.ts";
import type { Summary } from "../../src/analysis/summary.ts";
import type { Cause } from "../../src/scenario/scenario.ts";
import { openRun } from "../../src/store/read-run.ts";
import {
  beyondStory, chainStory, clashStory, firewallAndFullStory, firewallStory, gatewayStory, inputRuleStory, replyDropStory,
  leftoversStory, resolvedClashStory, RULE, rulesOf, sendBufferStory, tcpFirewallStory, tcpGatewayStory, tcpStory, timeWaitStory,
} from "../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, LOAD, loweredMaxStory, tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import { SECOND, storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-causes-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function summaryOf(story: Story): Summary {
  return summarize(openRun(storeRun(root, story))).summary;
}

const STORIES: (() => Story)[] = [
  tableFullStory, earlyDropStory, untrackedStory, healthyStory, firewallStory, inputRuleStory, firewallAndFullStory, clashStory,
  resolvedClashStory, chainStory, sendBufferStory, gatewayStory, beyondStory, replyDropStory, timeWaitStory, leftoversStory,
  tcpStory, tcpGatewayStory, tcpFirewallStory, loweredMaxStory,
];

describe("every cause is named from its own signature", () => {
  test.each(STORIES.map((make) => [make().name, make] as const))("%s", (_name, make) => {
    const { verdict, expectation } = summaryOf(make());
    expect(verdict.cause).toBe(expectation.expected);
    const { sentence, evidence, against } = verdict;
    expect({ sentence, evidence, against }).toMatchSnapshot();
  });
});

/** 99.95 % full, and nothing is refused, dropped or evicted. */
function nearlyFull(): Story {
  return { ...healthyStory(), countAt: (atS) => (atS < 0.4 ? 261_000 : 262_021) };
}

/** One signature taken away: the verdict must follow, and never guess. */
const CONTROLS: [name: string, story: Story, cause: Cause][] = [
  ["table-full without drops", { ...tableFullStory(), totalsAt: () => ({}) }, "inconclusive"],
  ["table-full without a full table", { ...tableFullStory(), countAt: () => 1000 }, "inconclusive"],
  ["table-full without a known count", { ...tableFullStory(), countAt: () => null }, "inconclusive"],
  ["early-drop-masked without early drops", { ...earlyDropStory(), totalsAt: () => ({}) }, "healthy"],
  ["a nearly full table that refuses nothing", nearlyFull(), "healthy"],
  ["healthy without a drop counter", { ...healthyStory(), columns: { stat: null } }, "inconclusive"],
  ["untracked without counters", { ...untrackedStory(), columns: { stat: null } }, "inconclusive"],
  ["firewall-drop without a list of rules", { ...firewallStory(), dropRules: [] }, "inconclusive"],
  ["firewall-drop with a rule that has no counter", { ...firewallStory(), dropRules: rulesOf(RULE, "output", [null, null]) }, "inconclusive"],
  ["firewall-drop with a rule that counted nothing", { ...firewallStory(), dropRules: rulesOf(RULE, "output", [7, 7]) }, "inconclusive"],
  ["firewall-drop with a rule on the way in", { ...firewallStory(), dropRules: rulesOf(RULE, "input", [7, 1507]) }, "inconclusive"],
  ["firewall-drop without a drop counter", { ...firewallStory(), columns: { stat: null } }, "inconclusive"],
  ["answers dropped by nobody known, with nothing beyond the namespace", { ...inputRuleStory(), dropRules: [] }, "inconclusive"],
  ["firewall-and-full without a list of rules", { ...firewallAndFullStory(), dropRules: [] }, "inconclusive"],
  ["firewall-and-full without drops", { ...firewallAndFullStory(), totalsAt: () => ({}) }, "inconclusive"],
  ["insert-clash without insert_failed", { ...clashStory(), totalsAt: (atS) => ({ drop: clashStory().totalsAt(atS)["drop"] ?? 0 }) }, "inconclusive"],
  ["insert-clash in a full table", { ...clashStory(), countAt: () => 262_144 }, "inconclusive"],
  ["chain-too-long without its counter", { ...chainStory(), totalsAt: () => ({}) }, "inconclusive"],
  ["send-buffer without SndbufErrors", { ...sendBufferStory(), netAt: () => ({}) }, "inconclusive"],
  ["a router whose table has room", { ...gatewayStory(), router: { countAt: () => 9, totalsAt: () => ({}) } }, "elsewhere"],
  ["elsewhere with answers", { ...gatewayStory(), ticks: healthyStory().ticks, router: null }, "healthy"],
  ["elsewhere with a resolver that answers nothing", { ...beyondStory(), plan: { ...beyondStory().plan, resolver: "silent" } }, "healthy"],
  ["reply loss with a part of the drops", { ...replyDropStory(), totalsAt: (atS) => ({ drop: (replyDropStory().totalsAt(atS)["drop"] ?? 0) >> 1 }) }, "inconclusive"],
  ["reply loss without drops", { ...replyDropStory(), totalsAt: () => ({}) }, "elsewhere"],
  ["TCP connections that time out while the table has room", { ...tcpStory(), countAt: () => 1000 }, "elsewhere"],
  ["TCP connections that time out while nothing is dropped", { ...tcpStory(), totalsAt: () => ({}) }, "inconclusive"],
  ["TCP connections dropped by a rule without a counter", { ...tcpFirewallStory(), dropRules: rulesOf(RULE, "output", [null, null]) }, "inconclusive"],
  ["untracked, and the router tracks nothing either", { ...untrackedStory(), router: { countAt: () => 0, totalsAt: () => ({}) } }, "untracked"],
  ["entries in the router's table alone", { ...healthyStory(), countAt: () => 0, router: { countAt: healthyStory().countAt, totalsAt: () => ({}) } }, "healthy"],
  ["entries in the router's table alone, which drops some", { ...healthyStory(), countAt: () => 0, router: { countAt: healthyStory().countAt, totalsAt: (atS) => (atS < 2 ? {} : { drop: 3 }) } }, "inconclusive"],
  ["untracked with entries", { ...untrackedStory(), countAt: healthyStory().countAt }, "healthy"],
];

test.each(CONTROLS)("%s", (_name, story, cause) => {
  expect(summaryOf(story).verdict.cause).toBe(cause);
});

test("a rule and a full table in one run separate", () => {
  const { attribution, table, verdict } = summaryOf(firewallAndFullStory());
  expect(attribution).toMatchObject({ drop: 4316, remainderCause: `rule ${RULE}` });
  expect(Math.abs((attribution.remainder ?? 0) - (attribution.eperm - 4316))).toBeLessThanOrEqual(1);
  expect(attribution.bins?.unexplained).toBe(6);
  expect(verdict.sentence).toContain(`have another cause: rule ${RULE}`);
  expect(verdict.next.slice(-2)).toEqual(["# Find the rule that refuses the rest with its handle, then change it or delete it", "nft -a list chain inet filter output"]);
  expect(table.filler).toMatchObject({ protocol: "udp", assured: true });
});

test("drops of one time do not explain EPERM of another", () => {
  const story = firewallStory();
  const late = { ...story, totalsAt: (atS: number) => ({ drop: atS > 3.6 ? 1500 : 0 }) };
  const { attribution } = summaryOf(late);
  expect(attribution.drop).toBe(1500);
  expect(attribution.explainedShare).toBeLessThan(0.15);
});

test("TIME_WAIT is named as the filler, with what helps against it", () => {
  const { table, verdict } = summaryOf(timeWaitStory());
  expect(table.filler).toEqual({ protocol: "tcp", state: "TIME_WAIT", assured: true, share: 246_000 / 262_144 });
  expect(verdict.sentence).toContain("93.8 % of the table is TCP TIME_WAIT, ASSURED.");
  expect(verdict.next).toContain("sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=10");
  expect(verdict.findings).toEqual([]);
});

test("entries of a protocol that the run did not send are a doubt", () => {
  const plan = { ...timeWaitStory().plan, phases: [{ kind: "rest" }, LOAD] };
  const { verdict } = summaryOf({ ...timeWaitStory(), plan });
  expect(verdict.findings).toEqual([
    { kind: "other-protocols", text: "260,838 of 262,144 entries (99.5 %) are of protocols that this run did not send: tcp" },
  ]);
});

test("a full table on the router is confirmed by its own counters; unobserved, it is only a possibility", () => {
  const seen = summaryOf(gatewayStory());
  expect(seen.router).toEqual({ peak: 262_144, max: 262_144, drop: 5400, full: true });
  expect(seen.verdict.sentence).toContain("confirmed");
  const unseen = summaryOf(beyondStory());
  expect(unseen.router).toBeNull();
  expect(unseen.verdict.sentence).toContain("What lies beyond this namespace was not observed.");
});

test("advice never shrinks a host: where the scenario set the limits it says so, and buckets never fall", () => {
  const small = { ...tableFullStory().plan, setMax: 262_144 };
  const lines = summaryOf({ ...tableFullStory(), plan: small }).verdict.next;
  expect(lines[0]).toBe("# The scenario itself made the table small: remove table.max from it, or compare with kernel-defaults.yaml");
  expect(lines.join("\n")).not.toContain("nf_conntrack_max");
  const wide = { ...tableFullStory().plan, buckets: 1_048_576 };
  expect(summaryOf({ ...tableFullStory(), plan: wide }).verdict.next).toContain(
    "sysctl -w net.netfilter.nf_conntrack_max=524288 net.netfilter.nf_conntrack_buckets=1048576",
  );
});

/** All 1,200 answers that are missing, and no more, met a full receive buffer. */
const RECEIVE = (atS: number): Record<string, number> => ({ "Udp.RcvbufErrors": atS < 3 ? 0 : 1200 });
const fewAnswers = earlyDropStory().ticks.map((tick) => ({ ...tick, answered: { NOERROR: 80 }, unanswered: 20 }));

test("a full receive buffer is blamed for what it explains, eviction only for the rest", () => {
  const told = (netAt: Story["netAt"]): string[] => summaryOf({ ...earlyDropStory(), ticks: fewAnswers, netAt }).verdict.against;
  const blamed = "1,200 of 1,200 queries without answer were lost in a full receive buffer here (Udp.RcvbufErrors)";
  expect(told(RECEIVE)).toEqual([blamed]);
  expect(told(() => ({}))).toEqual(["1,200 queries got no answer: evicted flows can lose their replies behind NAT or stateful rules"]);
  expect(told((atS) => ({ "Udp.RcvbufErrors": atS < 3 ? 0 : 900 }))).toEqual([
    "900 of 1,200 queries without answer were lost in a full receive buffer here (Udp.RcvbufErrors)",
    "300 more queries got no answer: evicted flows can lose their replies behind NAT or stateful rules",
  ]);
});

test("answers lost in a receive buffer here are not looked for beyond this namespace", () => {
  const { verdict } = summaryOf({ ...beyondStory(), netAt: (atS) => ({ "Udp.RcvbufErrors": atS < 3 ? 0 : 5400 }) });
  expect(verdict.cause).toBe("elsewhere");
  expect(verdict.sentence).toContain("lost in a full receive buffer here: 5,400 of 6,000 queries got no answer");
});

test("a server that died comes before every other reason", () => {
  const events: Story["events"] = [{ type: "server-died", atNs: SECOND, server: "embedded resolver", why: "ended with SIGKILL" }];
  const death = "the embedded resolver died 1.0 s after the start: ended with SIGKILL";
  const lost = summaryOf({ ...beyondStory(), events }).verdict;
  expect(lost.cause).toBe("elsewhere");
  expect(lost.sentence).toContain(death);
  expect(lost.findings[0]).toEqual({ kind: "server-died", text: death });
  const unclear = summaryOf({ ...tableFullStory(), totalsAt: () => ({}), events }).verdict;
  expect(unclear.next[0]).toBe(`# Look at this first: ${death}`);
});

test("a table that was never full is not compared with the model, and healthy says how little room is left", () => {
  const { model, verdict } = summaryOf(nearlyFull());
  expect(model).toMatchObject({ evictable: null, predictedEpermShare: null, measuredEpermShare: null });
  expect(verdict.against).toEqual(["the table was 99.9 % full: little room is left"]);
});
