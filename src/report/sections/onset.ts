import { findOnset, tableAround } from "../../analysis/onset.ts";
import type { ToldRun } from "../../analysis/told-run.ts";
import { loadsOf } from "../../analysis/timeline.ts";
import type { Timeline } from "../../analysis/timeline.ts";
import { tally } from "../../analysis/words.ts";
import type { FailureRecord } from "../../store/records.ts";
import { ms } from "../page.ts";
import type { Page } from "../page.ts";
import { wrap } from "../style.ts";

/** The first EPERM and the table then, and the first failed send in the words of a Go program. */
export function onsetLines({ summary, timeline }: ToldRun, { width, paint }: Page): string[] {
  const first = summary.onset;
  const onset = findOnset(timeline);
  const failure = onset?.failure ?? firstFailure(timeline);
  const words = failure === null ? [] : ["  the error:", ...wrap(failure.words, { width, first: "    ", indent: "    " }).split("\n").map((line) => paint("red", line))];
  if (first === null) return words;
  const around = onset === null ? null : tableAround(onset);
  const table = around === null ? "" : `, ${around}`;
  const lead = first.leadMs === null ? "" : `; the table was first seen full ${ms(Math.abs(first.leadMs))} ${first.leadMs < 0 ? "after" : "before"}`;
  const opened = first.flowsOpened === null || first.flowsOpened === 0 ? "" : `, after ${tally(first.flowsOpened)} flows`;
  const text =
    `first EPERM ${(first.atMs / 1000).toFixed(3)} s after the start, ` +
    `${(first.sinceLoadMs / 1000).toFixed(3)} s into the load${opened}${table}${lead}`;
  return [wrap(text, { width, first: "  ", indent: "  " }), ...words];
}

function firstFailure(timeline: Timeline): FailureRecord | null {
  return loadsOf(timeline).find(({ firstFailure: failure }) => failure !== null)?.firstFailure ?? null;
}
