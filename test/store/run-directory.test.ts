import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import type { EventRecord } from "../../src/store/event-records.ts";
import type { KernelRecord, RunRecord, StoredSenderRecord } from "../../src/store/records.ts";
import { storedTick } from "../../src/store/records.ts";
import { latestRun, openRun, runDirectories } from "../../src/store/read-run.ts";
import { createRunDirectory } from "../../src/store/run-directory.ts";
import { RUN_FILES } from "../../src/store/run-files.ts";
import type { RunWriter } from "../../src/store/run-directory.ts";
import { healthyStory } from "../fixtures/runs/stories.ts";
import { aTick, runRecordOf, storeRun } from "../fixtures/runs/story.ts";

let root = "";
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-store-"));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const startedAt = new Date("2026-11-22T18:21:53.250Z");
const run: RunRecord = { ...runRecordOf(healthyStory(), "an-id"), state: "running", endedAtNs: null };

function startRun(): RunWriter {
  const writer = createRunDirectory({ root, scenario: "small", startedAt });
  writer.updateRun(run);
  return writer;
}

function senders(directory: string): { records: StoredSenderRecord[]; reading: object } {
  const records: StoredSenderRecord[] = [];
  return { records, reading: openRun(directory).senders((record) => records.push(record)) };
}

test("the directory is named by time, scenario and four digits", () => {
  const writer = startRun();
  expect(writer.id).toMatch(/^20261122T182153Z-small-[0-9a-f]{4}$/);
  expect(writer.directory).toBe(path.join(root, writer.id));
  expect(createRunDirectory({ root, scenario: "small", startedAt }).id).not.toBe(writer.id);
});

test("run.json comes before every other record", () => {
  const writer = createRunDirectory({ root, scenario: "small", startedAt });
  expect(() => writer.appendSender([aTick({})])).toThrow("run.json must be written before");
});

test("what is appended is there at once, in order, without closing", () => {
  const writer = startRun();
  const kernel: KernelRecord = { type: "sample", atNs: 5, count: 1, max: null, stat: { drop: 2 } };
  const event: EventRecord = { type: "stopped", atNs: 9, why: "asked to, by naïve Ω" };
  writer.appendSender([aTick({ atNs: 1 }), aTick({ atNs: 2 })]);
  writer.appendSender([]);
  writer.appendSender([aTick({ atNs: 3 })]);
  writer.appendKernel([kernel]);
  writer.appendEvent(event);
  const stored = openRun(writer.directory);
  expect(stored.run).toEqual(run);
  expect(senders(writer.directory).records).toEqual([1, 2, 3].map((atNs) => aTick({ atNs })));
  stored.kernel((record) => expect(record).toEqual(kernel));
  stored.events((record) => expect(record).toEqual(event));
});

test("the router's records have a file of their own, and a run without a router has none", () => {
  const writer = startRun();
  const seen: KernelRecord[] = [];
  expect(openRun(writer.directory).router((record) => seen.push(record))).toMatchObject({ records: 0, damaged: 0 });
  const sample: KernelRecord = { type: "sample", atNs: 5, count: 1, max: 2 };
  writer.appendRouter([sample]);
  openRun(writer.directory).router((record) => seen.push(record));
  expect(seen).toEqual([sample]);
});

test("rules that drop are kept with their counters, known or not", () => {
  const writer = startRun();
  const rules = [{ rule: "inet filter output: udp dport 53 drop", hook: "output", packets: null }];
  const event: EventRecord = { type: "drop-rules", atNs: 1, moment: "start", rules };
  writer.appendEvent(event);
  openRun(writer.directory).events((record) => expect(record).toEqual(event));
});

test("run.json is replaced whole, and no temporary file stays", () => {
  const writer = startRun();
  writer.updateRun({ ...run, state: "finished", endedAtNs: 12 });
  expect(openRun(writer.directory).run).toMatchObject({ state: "finished", endedAtNs: 12 });
  expect(fs.readdirSync(writer.directory)).toEqual([RUN_FILES.run]);
});

test("a last line cut short is left out and is no damage", () => {
  const writer = startRun();
  writer.appendSender([aTick({ atNs: 1 }), aTick({ atNs: 2 })]);
  const file = path.join(writer.directory, RUN_FILES.senders);
  const whole = fs.readFileSync(file, "utf8");
  for (let length = whole.indexOf("\n") + 2; length < whole.length; length += 7) {
    fs.writeFileSync(file, whole.slice(0, length));
    const { records, reading } = senders(writer.directory);
    expect(records).toEqual([aTick({ atNs: 1 })]);
    expect(reading).toMatchObject({ records: 1, damaged: 0, truncated: true });
  }
});

test.each([
  ["not JSON", '{"type":"tick",'],
  ["an empty line", ""],
  ["a record of another kind", '{"type":"sample","atNs":1,"count":1,"max":1}'],
  ["a tick with a field of another type", JSON.stringify({ ...aTick({}), sent: "1" })],
  ["a tick without one of its fields", JSON.stringify({ ...aTick({}), sent: undefined })],
  ["two ticks", `${JSON.stringify(aTick({}))},${JSON.stringify(aTick({}))}`],
  ["a list", `[${JSON.stringify(aTick({}))}]`],
])("a damaged line in the middle is counted: %s", (_name, line) => {
  const writer = startRun();
  const tick = JSON.stringify(aTick({}));
  fs.writeFileSync(path.join(writer.directory, RUN_FILES.senders), `${tick}\n${line}\n${tick}\n`);
  expect(senders(writer.directory).reading).toEqual({
    file: "senders.ndjson",
    records: 2,
    damaged: 1,
    firstDamagedLine: 2,
    truncated: false,
  });
});

test("a tick is the same however its line is written", () => {
  const writer = startRun();
  const tick = aTick({ atNs: 1, failed: { EPERM: 2 }, answered: { NOERROR: 3 }, latenciesUs: { 96: 2, 1344: 1 }, planned: 5, dropped: 0 });
  fs.writeFileSync(path.join(writer.directory, RUN_FILES.senders), `${JSON.stringify(tick)}\n${JSON.stringify(tick, null, 1).replaceAll("\n", " ")}\n`);
  const { records, reading } = senders(writer.directory);
  expect(records).toEqual([storedTick(tick), storedTick(tick)]);
  expect(records).toMatchObject([{ latenciesUs: new Map([[96, 2], [1344, 1]]) }, {}]);
  expect(reading).toMatchObject({ records: 2, damaged: 0 });
});

test("a run killed before its first record has none", () => {
  expect(senders(startRun().directory).reading).toMatchObject({ records: 0, damaged: 0, truncated: false });
});

test("a line longer than the reader's chunk is read", () => {
  const writer = startRun();
  const why = "Ω".repeat(700_000);
  writer.appendEvent({ type: "stopped", atNs: 1, why: "before" });
  writer.appendEvent({ type: "stopped", atNs: 2, why });
  writer.appendEvent({ type: "stopped", atNs: 3, why: "after" });
  const seen: string[] = [];
  openRun(writer.directory).events((record) => seen.push(record.type === "stopped" ? record.why : ""));
  expect(seen).toEqual(["before", why, "after"]);
});

test("what is no run, or another version's, is said in one line", () => {
  const file = path.join(root, RUN_FILES.run);
  const opened = (): unknown => openRun(root);
  expect(() => openRun(path.join(root, "absent"))).toThrow(/absent is not a run: there is no such directory$/);
  expect(opened).toThrow(new UserError(`${root} is not a run: it has no run.json`));
  fs.writeFileSync(file, "{");
  expect(opened).toThrow("run.json is not a JSON object");
  fs.writeFileSync(file, JSON.stringify({ ...run, schemaVersion: 2 }));
  expect(opened).toThrow("has schemaVersion 2, and this tablefull reads 1");
  fs.writeFileSync(file, JSON.stringify({ ...run, environment: { ...run.environment, cpus: "two" } }));
  expect(opened).toThrow(/run\.json, environment\.cpus: .*expected number/);
});

test("results that cannot be written are the user's to mend", () => {
  const file = path.join(root, "file");
  fs.writeFileSync(file, "");
  expect(() => createRunDirectory({ root: file, scenario: "small", startedAt })).toThrow(UserError);
  expect(() => createRunDirectory({ root: path.join(file, "deeper"), scenario: "small", startedAt })).toThrow(/cannot store the run in .*ENOTDIR/);
});

test.skipIf(!fs.existsSync("/dev/full"))("a full disk is one clear line", () => {
  const writer = startRun();
  fs.symlinkSync("/dev/full", path.join(writer.directory, `.${RUN_FILES.run}.tmp`));
  expect(() => writer.updateRun(run)).toThrow(/^cannot store the run in .*: the disk is full \(ENOSPC\); choose another place with --results DIR$/);
});

test("the latest run is the newest that has a run.json", () => {
  expect(() => latestRun(root)).toThrow(UserError);
  expect(() => latestRun(path.join(root, "absent"))).toThrow(UserError);
  const older = storeRun(root, healthyStory());
  const newer = createRunDirectory({ root, scenario: "a", startedAt: new Date("2026-11-23T00:00:00Z") });
  createRunDirectory({ root, scenario: "empty", startedAt: new Date("2026-12-01T00:00:00Z") });
  fs.mkdirSync(path.join(root, "reference"));
  expect(latestRun(root)).toBe(older);
  newer.updateRun(run);
  expect(runDirectories(root)).toEqual([older, newer.directory]);
});
