import { notrack } from "./notrack.ts";
import type { Tuning } from "./tuning.ts";

const CHAINS = ["OUTPUT", "PREROUTING"];
const PORTS = ["--dport 53", "--sport 53"];
const RULES = CHAINS.flatMap((chain) => PORTS.map((port) => `-A ${chain} -p udp -m udp ${port} -j CT --notrack`));

/** The same rules as `notrack` in the table `raw` of iptables, by one of its two backends. */
export function notrackByIptables(backend: "iptables-nft" | "iptables-legacy", source: string): Tuning {
  return {
    ...notrack,
    summary: `do not track DNS at all, by ${backend}`,
    changes: `${backend}: table raw, -j CT --notrack for udp --dport 53 and --sport 53, in OUTPUT and PREROUTING`,
    trap: `${notrack.trap}. Here for IPv4: IPv6 needs ip6tables. Rules of iptables-nft and of iptables-legacy do not see each other`,
    source,
    steps: [
      {
        kind: "rules",
        what: `${backend}, table raw`,
        command: [`${backend}-restore`, "--noflush"],
        input: ["*raw", ...RULES, "COMMIT", ""].join("\n"),
        list: [backend, "-t", "raw", "-S"],
        shows: RULES,
      },
    ],
  };
}

export const notrackIptables = notrackByIptables("iptables-nft", "xt_ct_target sets IP_CT_UNTRACKED; nft_compat calls it");
