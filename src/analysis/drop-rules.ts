import type { DropRulesRecord } from "../store/event-records.ts";

/** A rule that drops, and how many packets it counted over the run. */
export interface RuleChange {
  rule: string;
  hook: string;
  /** Null: the rule has no counter, or was listed only at the start. */
  packets: number | null;
}

/** Hooks on the way out of the sending program: a drop there is EPERM for it (`nf_hook_slow`). Elsewhere a drop is silent. */
const REFUSING_HOOKS: ReadonlySet<string> = new Set(["output", "postrouting"]);

/** What each dropping rule counted between the first and the last listing, most first; null where none were listed. */
export function ruleChanges(records: readonly DropRulesRecord[]): RuleChange[] | null {
  const start = records.find(({ moment }) => moment === "start");
  const end = records.findLast(({ moment }) => moment === "end");
  if (start === undefined && end === undefined) return null;
  const before = counted(start);
  const after = counted(end);
  const changes = [...new Map([...before, ...after]).keys()].map((key): RuleChange => {
    const from = before.get(key);
    const to = after.get(key);
    const { rule, hook } = to ?? from ?? { rule: key, hook: "" };
    const known = to !== undefined && to.packets !== null && from?.packets !== null && start !== undefined;
    return { rule, hook, packets: known ? Math.max(0, (to.packets ?? 0) - (from?.packets ?? 0)) : null };
  });
  return changes.sort((one, other) => (other.packets ?? -1) - (one.packets ?? -1));
}

export function refuses({ hook }: RuleChange): boolean {
  return REFUSING_HOOKS.has(hook);
}

/** Rules of the same text in the same hook count together. */
function counted(record: DropRulesRecord | undefined): Map<string, RuleChange> {
  const rules = new Map<string, RuleChange>();
  for (const { rule, hook, packets } of record?.rules ?? []) {
    const key = `${hook}\n${rule}`;
    const same = rules.get(key);
    if (same === undefined) rules.set(key, { rule, hook, packets });
    else same.packets = same.packets === null || packets === null ? null : same.packets + packets;
  }
  return rules;
}
