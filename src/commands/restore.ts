import { restoreLeftovers } from "../lab/host-values.ts";
import { defineCommand } from "./command.ts";
import { describeRestored } from "./machine.ts";

export const RESTORE_COMMAND = defineCommand<object>({
  options: {},
  examples: [
    { words: "restore", about: "as root, which set them" },
    { words: "restore && sysctl net.netfilter.nf_conntrack_max", about: "and see" },
  ],
  carryOut: restoreCommand,
});

/** `tablefull restore`: puts back host-wide values that a killed run left behind. */
function restoreCommand(): void {
  const restored = restoreLeftovers(undefined, (pid) => `wait for its end, or end it: kill ${pid}`);
  const lines = restored.map((value) => describeRestored(value, "a killed run"));
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "nothing to restore: no run left host-wide values behind"}\n`);
}
