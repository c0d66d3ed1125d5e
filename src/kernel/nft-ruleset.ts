/** A rule that drops packets, or a chain whose policy does. */
export interface DropRule {
  /** For people: `inet filter output: udp dport 53 counter drop`, without the counter's values. */
  rule: string;
  /** output, postrouting, input, prerouting, forward, …; `none` for a chain that is only jumped to. */
  hook: string;
  /** The rule's counter; null where it has none. */
  packets: number | null;
}

/** Finds what drops in the text of `nft list ruleset`. Text that is none gives an empty list. */
export function dropRules(text: string): DropRule[] {
  const found: DropRule[] = [];
  let table = "";
  let chain = "";
  let hook = "none";
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const opening = /^(table|chain) (.+?) \{$/.exec(line);
    if (opening !== null) {
      if (opening[1] === "table") table = opening[2] as string;
      else chain = opening[2] as string;
      hook = "none";
      continue;
    }
    const base = /^type \S+ hook (\S+)/.exec(line);
    if (base !== null) hook = base[1] as string;
    if (base !== null ? /policy drop;/.test(line) : /(^|\s)drop($|\s)/.test(withoutStrings(line))) {
      const counter = /counter packets (\d+) bytes \d+/.exec(line);
      const words = base !== null ? "policy drop" : line.replace(/counter packets \d+ bytes \d+/, "counter");
      found.push({ rule: `${table} ${chain}: ${words}`, hook, packets: counter === null ? null : Number(counter[1]) });
    }
  }
  return found;
}

/** A comment or an interface may be called "drop". */
function withoutStrings(line: string): string {
  return line.replace(/"[^"]*"/g, "");
}
