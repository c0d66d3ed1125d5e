import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderReport } from "../../src/report/terminal.ts";
import {
  chainStory, clashStory, firewallAndFullStory, firewallStory, gatewayStory, leftoversStory, replyDropStory, sendBufferStory, timeWaitStory,
} from "../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, killedStory, tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import type { Story } from "../fixtures/runs/story.ts";
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
  tableFullStory(), earlyDropStory(), untrackedStory(), healthyStory(), killedStory(), firewallStory(), firewallAndFullStory(),
  clashStory(), chainStory(), sendBufferStory(), gatewayStory(), replyDropStory(), timeWaitStory(), leftoversStory(),
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
