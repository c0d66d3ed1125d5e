import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderReport } from "../../src/report/terminal.ts";
import type { TickRecord } from "../../src/store/records.ts";
import {
  chainStory, clashStory, firewallAndFullStory, firewallStory, gatewayStory, leftoversStory, replyDropStory, sendBufferStory, timeWaitStory,
} from "../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, heldBackStory, killedStory, loweredMaxStory, tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import type { Story } from "../fixtures/runs/story.ts";
import { watchedCalmStory, watchedFullStory } from "../fixtures/runs/watched.ts";
import { toldRun } from "../fixtures/runs/told.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-report-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function render(story: Story, options: { color: boolean; width: number }): string {
  return renderReport(toldRun(root, story), options);
}

const STORIES = [
  tableFullStory(), earlyDropStory(), untrackedStory(), healthyStory(), heldBackStory(), killedStory(), firewallStory(), firewallAndFullStory(),
  clashStory(), chainStory(), sendBufferStory(), gatewayStory(), replyDropStory(), timeWaitStory(), leftoversStory(), loweredMaxStory(), watchedFullStory(), watchedCalmStory(),
];

describe.each(STORIES)("$name", (story) => {
  test("reads well at 80 columns without colour", async () => {
    await expect(render(story, { color: false, width: 80 })).toMatchFileSnapshot(`snapshots/${story.name}.txt`);
  });

  test.each([80, 100, 140])("no line is wider than %i columns", (width) => {
    const long = render(story, { color: false, width })
      .split("\n")
      .filter((line) => [...line].length > width);
    expect(long).toEqual([]);
  });

  test("colour adds nothing but colour", () => {
    const coloured = render(story, { color: true, width: 80 });
    expect(coloured).toContain("\u001B[");
    expect(stripVTControlCharacters(coloured)).toBe(render(story, { color: false, width: 80 }));
  });
});

describe("beyond the stories", () => {
  const exec = { type: "exec", atNs: 2e9, phase: 0, command: ["dig", "@127.0.0.53", "a b"], exitCode: 0, signal: null, stdout: "", stderr: "", tookNs: 1.5e9 } satisfies Story["events"][number];

  test("tells how programs ended, and the beginning of what they said", () => {
    const stdout = Array.from({ length: 9 }, (_, index) => `line ${index + 1}`).join("\n");
    const events: Story["events"] = [{ ...exec, stdout: `\u001B[31m${stdout}\n${"x".repeat(200)}` }, { ...exec, exitCode: null, signal: "SIGKILL", command: ["sleep", "9"], stderr: "x".repeat(100) }];
    const text = render({ ...healthyStory(), events }, { color: false, width: 80 });
    expect(text.slice(text.indexOf("Programs"), text.indexOf("Numbers"))).toMatchInlineSnapshot(`
      "Programs
        + dig @127.0.0.53 "a b": exit code 0, took 1,500 ms
            line 1
            line 2
            line 3
            line 4
            line 5
            line 6
            ... 4 more lines
        ! sleep 9: ended by SIGKILL, took 1,500 ms
            xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...

      "
    `);
    expect(text.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
  });

  test.each([
    ["coarsely by the ticks", { 992: 100 }, "p50 1.02 ms   p90 1.02 ms   p99 1.02 ms   max 1.02 ms   (coarse:\n                1 significant digit, as latency.hlog does not hold all of them)"],
    ["as unknown without them", undefined, "unknown: the latencies of its answers are not stored"],
  ])("latencies that a killed run did not store are told %s", (_, latenciesUs, told) => {
    const killed = killedStory();
    const ticks = killed.ticks.map((tick) => (latenciesUs === undefined ? tick : { ...tick, latenciesUs }));
    const text = render({ ...killed, latencies: [], ticks }, { color: false, width: 80 });
    expect(text.slice(text.indexOf("  latency"), text.indexOf("Doubts"))).toContain(told);
  });

  const strayed = (ticks: (tick: TickRecord, index: number) => Partial<TickRecord>): Story => ({
    ...healthyStory(),
    plan: { ...healthyStory().plan, phases: healthyStory().plan.phases.map((phase) => ({ ...phase, strategy: "per-query" })) },
    ticks: healthyStory().ticks.map((tick, index) => ({ ...tick, ...ticks(tick, index) })),
  });

  test("tells how queries were answered, and which datagrams were no answers", () => {
    const story = strayed((_, index) => (index === 0
      ? { answered: { NOERROR: 60, SERVFAIL: 20, "NOERROR+TC": 17, "NOERROR+CUT": 3 }, stray: 13, strays: { "wrong-id": 11, duplicate: 2 } }
      : { strays: {} }));
    const text = render(story, { color: false, width: 80 });
    expect(text.slice(text.indexOf("  sent "), text.indexOf("  books"))).toMatchInlineSnapshot(`
      "  sent          6,000 = 5,988 answered + 12 unanswered + 0 late (a socket for
                      each query closes at its timeout and sees no later answer)
        answers       5,378 NOERROR, 590 SERVFAIL, 17 NOERROR+TC, 3 NOERROR+CUT; +TC:
                      truncated by the resolver; +CUT: longer than the receive buffer
        stray         13 datagrams closed no query: 11 wrong-id, 2 duplicate
      "
    `);
    // A run of before kinds were told.
    expect(render(strayed((_, index) => ({ stray: index === 0 ? 1 : 0 })), { color: false, width: 80 })).toContain("1 datagram closed no query: 1 untold");
  });

  test.each([
    ["interrupted", "(interrupted; expected healthy)"],
    ["failed", "(the run failed; expected healthy)"],
    ["running", "(killed, or still running; expected healthy)"],
  ] as const)("a run that is %s does not claim to be as expected", (state, told) => {
    const text = render({ ...healthyStory(), state }, { color: false, width: 80 });
    expect(text).toContain(`healthy ${told}`);
    expect(text).not.toContain("as expected");
  });

  test("of the kernel only the release is in the header", () => {
    const told = toldRun(root, healthyStory());
    const kernel = "6.18.0-1-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.18.0-1 (2026-01-01) x86_64";
    const text = renderReport({ ...told, summary: { ...told.summary, run: { ...told.summary.run, kernel } } }, { color: false, width: 80 });
    expect(text.split("\n")[0]).toBe("healthy (as expected)  room-enough, Linux 6.18.0-1-amd64, 2 CPUs, 3.7 s");
  });
});
