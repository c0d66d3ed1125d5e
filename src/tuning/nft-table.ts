import type { Step } from "./tuning.ts";

/**
 * Loads an nft table of a tuning's own with the same rules in output and prerouting, which each see both directions where the
 * resolver is on the same host, or behind this one; `head` is what stands before its chains.
 */
export function nftTable({ name, priority, head = "", rules }: { name: string; priority: "raw" | "mangle"; head?: string; rules: readonly string[] }): Extract<Step, { kind: "rules" }> {
  const chains = ["output", "prerouting"].map((hook) => `  chain ${hook} {
    type filter hook ${hook} priority ${priority}; policy accept;
${rules.map((rule) => `    ${rule}\n`).join("")}  }\n`);
  return {
    kind: "rules",
    what: `nft table inet ${name}`,
    command: ["nft", "-f", "-"],
    input: `\ntable inet ${name} {\n${head}${chains.join("")}}\n`,
    list: ["nft", "list", "table", "inet", name],
    shows: rules,
  };
}
