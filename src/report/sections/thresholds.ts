import type { Summary } from "../../analysis/summary.ts";
import { percent, tally } from "../../analysis/words.ts";
import { THRESHOLD_METRICS } from "../../scenario/thresholds.ts";
import { bullet, ms } from "../page.ts";
import type { Page } from "../page.ts";

type Told = Summary["thresholds"][number];

/** Each threshold: kept, crossed, or why it cannot be told. Empty without one. */
export function thresholdLines({ thresholds }: Summary, page: Page): string[] {
  return thresholds.map((told) => {
    if (told.passed === null) return bullet("?", "yellow", thresholdText(told), page);
    return told.passed ? bullet("✓", "green", thresholdText(told), page) : bullet("✗", "red", thresholdText(told), page);
  });
}

/** "eperm_share: rate<0.01 (76.8 %)" */
export function thresholdText(told: Told): string {
  return `${told.metric}: ${told.threshold} (${told.passed === null ? `unknown: ${told.unknown}` : valueText(told)})`;
}

function valueText({ metric, threshold, value }: Told): string {
  if (value === null) return "it never came";
  switch (THRESHOLD_METRICS[metric].kind) {
    case "share":
      return percent(value);
    case "counter":
      return threshold.trimStart().startsWith("rate") ? `${tally(value)}/s` : tally(value);
    case "gauge":
    case "trend":
      return ms(value);
  }
}
