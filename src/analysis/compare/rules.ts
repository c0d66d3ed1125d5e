/**
 * The lines of `nft list ruleset`, each with the blocks that it stands in and how often it stands there: `inet filter output:
 * udp dport 53 counter drop`. What counters counted is no rule. Empty for a ruleset that could not be read.
 */
export function rulesOf(ruleset: string | null): Map<string, string> {
  const counts = new Map<string, number>();
  const blocks: string[] = [];
  for (const line of (ruleset ?? "").split("\n").map((raw) => raw.trim())) {
    const opening = /^(?:table |chain )?(.+?) \{$/.exec(line)?.[1];
    if (opening !== undefined) blocks.push(opening);
    else if (line === "}") blocks.pop();
    else if (line !== "") {
      const rule = `${blocks.join(" ")}: ${line.replaceAll(/counter packets \d+ bytes \d+/g, "counter")}`;
      counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
  }
  return new Map([...counts].map(([rule, count]) => [rule, count === 1 ? "there" : `${count} times`]));
}
