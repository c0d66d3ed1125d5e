import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Summary } from "../../src/analysis/summary.ts";
import type { RunRecord } from "../../src/store/records.ts";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

/** A rule that refuses every fourth query exactly: 25 % EPERM, whatever the machine. */
const REFUSING = `
name: refusing
expect: firewall-drop
lab:
  ruleset: |
    table inet f { chain o { type filter hook output priority 10; udp dport 53 numgen inc mod 4 0 counter drop; }; }
phases:
  - load: { LOAD }
thresholds:
  THRESHOLDS
`;

const refusing = (load: string, thresholds: string): string => REFUSING.replace("LOAD", load).replace("THRESHOLDS", thresholds);

describeLab("thresholds", () => {
  test("one that is crossed fails the run, and the JUnit report names it", async () => {
    const directory = temporaryDirectory();
    const file = scenarioFile(directory, refusing("queries: 400", 'eperm_share: ["rate<=0.25", "rate<0.1"]'));
    const junit = path.join(directory, "junit.xml");
    const { code, summary } = await runScenario(file, "--results", directory, "--junit", junit);
    expect(summary).toMatchObject({ run: { state: "finished" }, expectation: { met: true } });
    expect(summary.thresholds.map(({ value, passed }) => [value, passed])).toEqual([[0.25, true], [0.25, false]]);
    expect(code).toBe(99);
    const xml = fs.readFileSync(junit, "utf8");
    expect(xml).toContain('tests="3" failures="1" errors="0" skipped="0"');
    expect(xml).toContain('<failure message="crossed: eperm_share: rate&lt;0.1 (25.0 %)" type="failed"/>');
  });

  test("abortOnFail ends the run when it is crossed, and the run is kept as stopped", async () => {
    const directory = temporaryDirectory();
    const file = scenarioFile(directory, refusing("rate: 500/s, duration: 1m", 'eperm_share: [{ threshold: "rate<0.1", abortOnFail: true, delayAbortEval: 300ms }]'));
    const { code, summary } = await runScenario(file, "--results", directory);
    expect(code).toBe(99);
    expect(summary.run.state).toBe("stopped");
    expect(summary.sends.attempted).toBeLessThan(15_000);
    expect(summary.verdict.findings.map(({ text }) => text).join("\n")).toContain("the threshold eperm_share: rate<0.1 was crossed");
    const run = JSON.parse(fs.readFileSync(path.join(directory, summary.run.id, "run.json"), "utf8")) as RunRecord;
    expect(run).toMatchObject({ state: "stopped", failure: null });
  });
});

describeLab("a kept run", () => {
  test("is what a later run is held against: the same is fine, worse is not", async () => {
    const directory = temporaryDirectory();
    const file = scenarioFile(directory, refusing("queries: 400", 'eperm_share: ["rate<=0.25"]'));
    expect(await runScenario(file, "--results", directory, "--keep-as-reference")).toMatchObject({ code: 0 });
    const reference = path.join(directory, "reference/refusing");
    const again = await runScenario(file, "--results", directory, "--baseline", reference);
    expect(again).toMatchObject({ code: 0, stderr: `against ${reference}: no difference: still firewall-drop\n` });

    const summary = JSON.parse(fs.readFileSync(path.join(reference, "summary.json"), "utf8")) as Summary;
    const { sends, attribution } = summary;
    const better = { ...summary, sends: { ...sends, answered: sends.attempted }, attribution: { ...attribution, eperm: 0 } };
    fs.writeFileSync(path.join(reference, "summary.json"), JSON.stringify(better));
    const junit = path.join(directory, "junit.xml");
    const worse = await runScenario(file, "--results", directory, "--baseline", reference, "--junit", junit);
    expect(worse.code).toBe(99);
    expect(fs.readFileSync(junit, "utf8")).toContain('<failure message="worse: answered 100.0 % -&gt; 75.0 %, EPERM 0.0 % -&gt; 25.0 %" type="failed"/>');
  });
});
