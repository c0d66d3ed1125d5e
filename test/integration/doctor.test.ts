import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Diagnosis } from "../../src/analysis/diagnose.ts";
import type { HostFacts } from "../../src/analysis/host-facts.ts";
import { CLI, runScenario, temporaryDirectory } from "./program.ts";

type Answer = Diagnosis & { facts: HostFacts };

/** What doctor says within a lab whose table holds `occupancy`. */
async function doctorIn(occupancy: string): Promise<{ answer: Answer; exitCode: number | null }> {
  const directory = temporaryDirectory();
  const scenario = path.join(directory, "doctor.yaml");
  const out = path.join(directory, "answer.json");
  const script = `${process.execPath} ${CLI} doctor --json > ${out}`;
  fs.writeFileSync(scenario, [
    "name: doctor",
    "about: doctor looks at a table",
    "lab: { topology: loopback }",
    "phases:",
    `  - fill: { by: insertion, occupancy: ${occupancy}, entries: [{ protocol: tcp, state: established, assured: true, timeout: 1h }] }`,
    `  - exec: { command: [sh, -c, ${JSON.stringify(script)}], timeout: 60s }`,
    "",
  ].join("\n"));
  await runScenario(scenario, "--results", directory);
  const run = fs.readdirSync(directory).find((name) => name.includes("Z-doctor-")) ?? "";
  const events = fs.readFileSync(path.join(directory, run, "events.ndjson"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as { type: string; exitCode?: number });
  return { answer: JSON.parse(fs.readFileSync(out, "utf8")) as Answer, exitCode: events.find(({ type }) => type === "exec")?.exitCode ?? null };
}

test("a full table is failing, and doctor says who fills it", async () => {
  const { answer, exitCode } = await doctorIn("100%");
  expect(exitCode).toBe(2);
  expect(answer.level).toBe("failing");
  expect(answer.facts.entries).toBeGreaterThanOrEqual((answer.facts.max ?? 0) * 0.999);
  expect(answer.facts.composition?.[0]).toMatchObject({ protocol: "tcp", state: "ESTABLISHED", assured: true });
  expect(answer.facts.rules?.tracking.length).toBeGreaterThan(0);
});

test("a table with room is not failing, and a packet shows that it tracks", async () => {
  const { answer } = await doctorIn("5%");
  expect(answer.facts.tracks).toBe(true);
  expect(answer.facts.counters.drop).toEqual({ sinceBoot: 0, rose: 0 });
  expect(answer.level).not.toBe("failing");
  expect(answer.next.length === 0).toBe(answer.level === "fine");
});
