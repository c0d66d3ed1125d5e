import { restoreLeftovers } from "../lab/host-values.ts";
import { describeRestored } from "./machine.ts";

/** `tablefull restore`: puts back host-wide values that a killed run left behind. */
export function restoreCommand(): void {
  const restored = restoreLeftovers(undefined, (pid) => `wait for its end, or end it: kill ${pid}`);
  const lines = restored.map((value) => describeRestored(value, "a killed run"));
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "nothing to restore: no run left host-wide values behind"}\n`);
}
