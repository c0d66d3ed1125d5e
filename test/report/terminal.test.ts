import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { summarize } from "../../src/analysis/summarize.ts";
import { renderReport } from "../../src/report/terminal.ts";
import { openRun } from "../../src/store/read-run.ts";
import {
  chainStory, clashStory, firewallAndFullStory, firewallStory, gatewayStory, replyDropStory, sendBufferStory, timeWaitStory,
} from "../fixtures/runs/causes.ts";
import { earlyDropStory, healthyStory, killedStory, tableFullStory, untrackedStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";
import type { Story } from "../fixtures/runs/story.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-report-"));
});
afterAll(() => fs.rmSync(root, { recursive: true }));

function render(story: Story, options: { color: boolean; width: number }): string {
  const stored = openRun(storeRun(root, story));
  const directory = `results/20261122T182153Z-${story.name}-0000`;
  return renderReport({ ...summarize(stored), run: stored.run, directory }, options);
}

const STORIES = [
  tableFullStory(), earlyDropStory(), untrackedStory(), healthyStory(), killedStory(), firewallStory(), firewallAndFullStory(),
  clashStory(), chainStory(), sendBufferStory(), gatewayStory(), replyDropStory(), timeWaitStory(),
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
