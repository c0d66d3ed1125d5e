/** A rule that drops or rejects packets, or a chain whose policy drops. */
export interface DropRule {
  /** For people: `inet filter output: udp dport 53 counter drop`, without the counter's values. */
  rule: string;
  /** output, postrouting, input, …: where the chain hangs, or the chains that jump to it; `several` where those differ. */
  hook: string;
  /** How many packets it dropped; null where no counter says so: there is none, or it also counts packets that go on. */
  packets: number | null;
}

/** A chain as `nft list ruleset` prints it. */
export interface Chain {
  table: string;
  name: string;
  hook: string | null;
  policyDrops: boolean;
  rules: string[];
}

/** Finds what drops in the text of `nft list ruleset`. Chains that nothing reaches drop nothing. Text that is none gives an empty list. */
export function dropRules(text: string): DropRule[] {
  const chains = chainsOf(text);
  return chains.flatMap((chain) => {
    const refusing = chain.rules.filter(refuses);
    // Most chains drop nothing, and a big ruleset has thousands: only for the others it matters who jumps to them.
    if (refusing.length === 0 && !chain.policyDrops) return [];
    const hooks = hooksOf(chain, chains);
    const [only] = hooks;
    if (only === undefined) return [];
    const hook = hooks.size === 1 ? only : "several";
    const where = `${chain.table} ${chain.name}`;
    const policy: DropRule[] = chain.policyDrops ? [{ rule: `${where}: policy drop`, hook, packets: null }] : [];
    const rules = refusing.map((line) => ({
      rule: `${where}: ${line.replace(/counter packets \d+ bytes \d+/, "counter")}`,
      hook,
      packets: dropped(line),
    }));
    return [...policy, ...rules];
  });
}

/** The chains of a ruleset with their rules, one line each; sets, maps and objects are left out. */
export function chainsOf(text: string): Chain[] {
  const chains: Chain[] = [];
  let table = "";
  let chain: Chain | null = null;
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const opening = /^(table|chain) (.+?) \{$/.exec(line);
    const base = /^type \S+ hook (\S+)/.exec(line);
    if (opening?.[1] === "table") {
      table = opening[2] as string;
      chain = null;
    } else if (opening !== null) {
      chain = { table, name: opening[2] as string, hook: null, policyDrops: false, rules: [] };
      chains.push(chain);
    } else if (chain !== null && base !== null) {
      chain.hook = base[1] as string;
      chain.policyDrops = /policy drop;/.test(line);
    } else chain?.rules.push(line);
  }
  return chains;
}

/** The hooks from which packets reach a chain: its own, or those of the chains that jump to it. */
function hooksOf(chain: Chain, chains: readonly Chain[], seen: ReadonlySet<Chain> = new Set()): Set<string> {
  if (chain.hook !== null) return new Set([chain.hook]);
  const callers = chains.filter((other) => other.table === chain.table && !seen.has(other) && other.rules.some((line) => jumpsTo(line, chain.name)));
  return new Set(callers.flatMap((caller) => [...hooksOf(caller, chains, new Set([...seen, chain]))]));
}

function jumpsTo(line: string, name: string): boolean {
  return [...withoutStrings(line).matchAll(/\b(?:jump|goto) ([^\s,}]+)/g)].some(([, to]) => to === name);
}

/** `drop` and `reject` as a verdict, also as one of a verdict map. */
const VERDICT = /(?:^|[\s:])(?:drop|reject)(?:$|[\s,}])/;

function refuses(line: string): boolean {
  return VERDICT.test(withoutStrings(line));
}

/** What the rule's counter says of drops: a condition between the counter and the verdict lets some of the counted packets go on. */
function dropped(line: string): number | null {
  const counter = /counter packets (\d+) bytes \d+ (.*)$/.exec(line);
  const straight = counter !== null && /^(?:log(?: .*)? )?(?:drop|reject)(?:$|\s)/.test(withoutStrings(counter[2] as string));
  return straight ? Number(counter[1]) : null;
}

/** A comment or an interface may be called "drop". */
export function withoutStrings(line: string): string {
  return line.replace(/"[^"]*"/g, '""');
}
