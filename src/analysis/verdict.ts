import type { Cause } from "../scenario/scenario.ts";
import { chainTooLong } from "./causes/chain-too-long.ts";
import { earlyDropMasked } from "./causes/early-drop-masked.ts";
import { elsewhere } from "./causes/elsewhere.ts";
import { firewallDrop } from "./causes/firewall-drop.ts";
import { healthy } from "./causes/healthy.ts";
import { inconclusive } from "./causes/inconclusive.ts";
import { insertClash } from "./causes/insert-clash.ts";
import { present } from "./causes/rule.ts";
import type { Case, Rule } from "./causes/rule.ts";
import { sendBuffer } from "./causes/send-buffer.ts";
import { tableFull } from "./causes/table-full.ts";
import { untracked } from "./causes/untracked.ts";
import { judgeWatched } from "./causes/watched.ts";
import type { Evidence } from "./evidence.ts";
import { insertedLabel } from "./inserted.ts";
import { kernelCountLabel } from "./kernel-count.ts";
import type { Verdict } from "./summary.ts";

/**
 * The causes in the order they are tried; the first whose conditions all hold is the verdict. `early-drop-masked` comes
 * before `table-full` because a few EPERM do not make a failure that anybody sees; `chain-too-long` and `insert-clash` before it
 * because their refusals may happen in a table that is nearly full; it before `firewall-drop` because its own part can be told
 * from a rule's; `send-buffer` before `elsewhere` because what never left was not lost beyond; that before `untracked`, which
 * says nothing of missing answers; and `untracked` before `healthy` because a run that tracked nothing is healthy for the
 * wrong reason.
 */
const RULES = {
  "early-drop-masked": earlyDropMasked,
  "chain-too-long": chainTooLong,
  "insert-clash": insertClash,
  "table-full": tableFull,
  "firewall-drop": firewallDrop,
  "send-buffer": sendBuffer,
  elsewhere,
  untracked,
  healthy,
} satisfies Record<Exclude<Cause, "inconclusive">, Rule>;

/** Findings that leave no number to rely on. */
const DISQUALIFYING: ReadonlySet<string> = new Set(["accounting-broken"]);

/** Says what happened. `findings` are doubts about the measurement; they do not change the cause, but the worst of them are told beside it. */
export function judge(evidence: Evidence, findings: Verdict["findings"]): Verdict {
  const decided = evidence.watch === null ? decide(evidence) : judgeWatched(evidence, evidence.watch);
  const { conditions, sentence, further, against, next } = decided.of;
  const proofs = present(insertedLabel(evidence.table.inserted), kernelCountLabel(evidence.kernelCount, evidence.sends));
  const seen = [...conditions.map((condition) => condition.seen), ...further, ...proofs];
  const contradictions = findings.filter(({ kind }) => DISQUALIFYING.has(kind)).map(({ text }) => text);
  const doubts = { findings, doubtful: contradictions.length > 0 };
  return { cause: decided.cause, sentence, evidence: seen, against: [...contradictions, ...against], ...doubts, next };
}

function decide(evidence: Evidence): { cause: Cause; of: Case } {
  const tried = Object.entries(RULES).map(([cause, rule]) => ({ cause: cause as keyof typeof RULES, of: rule(evidence) }));
  const proven = tried.find(({ of }) => of.conditions.every(({ holds }) => holds === true));
  return proven ?? { cause: "inconclusive", of: inconclusive(evidence, tried) };
}
