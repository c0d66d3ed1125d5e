import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MachineError, UserError } from "../errors.ts";
import type { Progress } from "../analysis/live/progress.ts";
import { enter, findEntrance } from "../lab/entrance.ts";
import { type HostValueSet, type Restored, restoreHostValues, setHostValues } from "../lab/host-values.ts";
import type { FromLab, LabOrder, RunEndState, ToLab } from "./lab-protocol.ts";

/** What a command wants to hear of a run while it goes on. */
export interface RunEvents {
  onStored(directory: string): void;
  onProgress(progress: Progress): void;
  /** Host-wide values that this run had set were put back. */
  onRestored(restored: Restored[]): void;
}

export interface RunEnd {
  state: RunEndState;
  directory: string;
}

/**
 * Carries a run out in a process of its own inside the lab, and looks after what belongs to the host meanwhile.
 * Aborting `signal` ends the run early but in good order. Throws UserError when the lab cannot be built or used.
 */
export async function superviseRun(order: Omit<LabOrder, "privilege">, { events, signal }: { events: RunEvents; signal: AbortSignal }): Promise<RunEnd> {
  const entrance = findEntrance(order.plan.scenario.lab.topology);
  const release = holdHostValues(order.plan.hostValues, events);
  try {
    const lab = enter(entrance, fileURLToPath(new URL("./lab-process.js", import.meta.url)));
    return await converse(lab, { ...order, privilege: entrance.privilege }, { events, signal });
  } finally {
    release();
  }
}

/** Sets what the plan asks of the host and gives back how to undo it, which also happens when this process exits. */
function holdHostValues({ max, buckets }: { max: number | null; buckets: number | null }, events: RunEvents): () => void {
  if (max === null && buckets === null) return () => {};
  const wanted: HostValueSet = { ...(max === null ? {} : { max }), ...(buckets === null ? {} : { buckets }) };
  const restoreAtExit = (): void => void restoreHostValues();
  process.once("exit", restoreAtExit);
  setHostValues(wanted);
  return () => {
    process.off("exit", restoreAtExit);
    events.onRestored(restoreHostValues());
  };
}

function converse(lab: ChildProcess, order: LabOrder, { events, signal }: { events: RunEvents; signal: AbortSignal }): Promise<RunEnd> {
  const send = (message: ToLab): void => void (lab.connected && lab.send(message));
  return new Promise((resolve, reject) => {
    let directory: string | null = null;
    let end: RunEnd | Error | null = null;
    const stop = (): void => send({ type: "stop", why: String(signal.reason ?? "interrupted") });
    signal.addEventListener("abort", stop);
    lab.on("message", (message: FromLab) => {
      if (message.type === "progress") return events.onProgress(message.progress);
      if (message.type === "stored") {
        directory = message.directory;
        return events.onStored(directory);
      }
      if (message.type === "ended") end = { state: message.state, directory: directory ?? "" };
      else end = message.machine ? new MachineError(message.message) : new UserError(message.message);
      lab.disconnect();
    });
    lab.once("error", reject);
    lab.once("exit", (code, by) => {
      signal.removeEventListener("abort", stop);
      if (end === null) reject(new Error(`the lab's process ended with ${by ?? code} before the run did; its own words are above`));
      else if (end instanceof Error) reject(end);
      else resolve(end);
    });
    send({ type: "begin", order });
  });
}
