import type { Cause } from "../scenario/scenario.ts";
import { earlyDropMasked } from "./causes/early-drop-masked.ts";
import { healthy } from "./causes/healthy.ts";
import { inconclusive } from "./causes/inconclusive.ts";
import type { Case, Rule } from "./causes/rule.ts";
import { tableFull } from "./causes/table-full.ts";
import { untracked } from "./causes/untracked.ts";
import type { Evidence } from "./evidence.ts";
import type { Verdict } from "./summary.ts";

/**
 * The causes in the order they are tried; the first whose conditions all hold is the verdict. `early-drop-masked` comes
 * before `table-full` because a few EPERM do not make a failure that anybody sees; `untracked` before `healthy` because
 * a run that tracked nothing is healthy for the wrong reason.
 */
const RULES = {
  "early-drop-masked": earlyDropMasked,
  "table-full": tableFull,
  untracked,
  healthy,
} satisfies Record<Exclude<Cause, "inconclusive">, Rule>;

/** Says what happened. `findings` are doubts about the measurement; they do not change the cause. */
export function judge(evidence: Evidence, findings: Verdict["findings"]): Verdict {
  const tried = Object.entries(RULES).map(([cause, rule]) => ({ cause: cause as keyof typeof RULES, of: rule(evidence) }));
  const proven = tried.find(({ of }) => of.conditions.every(({ holds }) => holds === true));
  const decided: { cause: Cause; of: Case } = proven ?? { cause: "inconclusive", of: inconclusive(evidence, tried) };
  const { conditions, sentence, further, against, next } = decided.of;
  return { cause: decided.cause, sentence, evidence: [...conditions.map(({ seen }) => seen), ...further], against, findings, next };
}
