import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { diagnose } from "../../src/analysis/diagnose.ts";
import type { HostFacts } from "../../src/analysis/host-facts.ts";
import { renderDiagnosis } from "../../src/report/doctor.ts";
import { logged, someHost } from "../fixtures/host-facts.ts";

const HOSTS: [string, Partial<HostFacts>][] = [
  ["fine", {}],
  ["failing", {
    entries: 262_144,
    virtualization: "kvm",
    composition: [{ protocol: "tcp", state: "TIME_WAIT", assured: true, entries: 260_000 }],
    counters: { ...someHost().counters, drop: { sinceBoot: 12_000, rose: 120 }, earlyDrop: { sinceBoot: 40, rose: 0 } },
    kernelLog: logged({ own: { lines: 40, lastAgoS: 3 }, unnamed: { lines: 1, lastAgoS: 7300 }, others: { lines: 7, lastAgoS: 600 } }),
    rules: { tracking: ["ip filter INPUT: ct state related,established accept", "ip nat POSTROUTING: masquerade"], notrack: ["ip raw OUTPUT: udp dport 53 notrack"] },
  }],
  ["unprivileged", {
    initialNamespace: false, rules: null, composition: null, compositionMissing: "needs root (CAP_NET_ADMIN)", privileged: false, libc: false,
    kernelLog: null,
    missingCommands: [{ command: "conntrack", packageName: "conntrack", neededFor: "naming who fills the table, and proving tunings of what is tracked, such as notrack and timeout-policy" }],
  }],
];

test.each(HOSTS)("a machine that is %s", async (name, differs) => {
  const facts = someHost(differs);
  const text = renderDiagnosis(facts, diagnose(facts, { ratePps: 2000 }), { color: false, width: 80 });
  await expect(text).toMatchFileSnapshot(`snapshots/doctor-${name}.txt`);
  expect(text.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
  const coloured = renderDiagnosis(facts, diagnose(facts, { ratePps: 2000 }), { color: true, width: 80 });
  expect(stripVTControlCharacters(coloured)).toBe(text);
});
