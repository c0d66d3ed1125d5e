import { notrackByIptables } from "./notrack-iptables.ts";

export const notrackIptablesLegacy = notrackByIptables("iptables-legacy", "xt_ct_target sets IP_CT_UNTRACKED; ipt_do_table calls it");
