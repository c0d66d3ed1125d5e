import { UserError } from "../errors.ts";
import { dropRules } from "../kernel/nft-ruleset.ts";
import type { DropRulesRecord } from "../store/records.ts";
import { run } from "./commands.ts";

/** The nft rules of this namespace that drop, with their counters; null where they cannot be listed. */
export function readDropRules(): DropRulesRecord["rules"] | null {
  try {
    return dropRules(run("nft", ["list", "ruleset"]));
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
