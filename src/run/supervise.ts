import { MachineError, UserError } from "../errors.ts";
import type { Progress } from "../analysis/live/progress.ts";
import { type HostValueSet, type Restored, restoreHostValues, setHostValues } from "../lab/host-values.ts";
import type { Plan } from "../plan/plan.ts";
import type { FromLab, LabOrder, RunEndState, ToLab } from "./lab-protocol.ts";
import { type StartedLab, startLab } from "./start-lab.ts";

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
 * Carries a run out in a process of its own inside the lab, and looks after what belongs to the host meanwhile. `ahead`: a lab
 * that was started for it, which is used where the plan allows that, and ended where it does not.
 * Aborting `signal` ends the run early but in good order. Throws UserError when the lab cannot be built or used.
 */
export async function superviseRun(
  order: Omit<LabOrder, "privilege">,
  { events, signal, ahead = null }: { events: RunEvents; signal: AbortSignal; ahead?: StartedLab | null },
): Promise<RunEnd> {
  const { plan } = order;
  const fits = ahead !== null && mayStartAhead(plan);
  if (!fits) ahead?.process.kill("SIGKILL");
  const release = holdHostValues(plan.hostValues, events);
  try {
    const lab = fits ? ahead : startLab(plan.scenario.lab.topology);
    return await converse(lab, { ...order, privilege: lab.privilege }, { events, signal });
  } finally {
    release();
  }
}

/** Topology `host` has no namespaces; and what is set for the whole host is set before a namespace is made, which may take it over. */
function mayStartAhead({ scenario, hostValues: { max, buckets } }: Plan): boolean {
  return scenario.lab.topology !== "host" && max === null && buckets === null;
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

function converse(lab: StartedLab, order: LabOrder, { events, signal }: { events: RunEvents; signal: AbortSignal }): Promise<RunEnd> {
  const { process: child } = lab;
  const send = (message: ToLab): void => void (child.connected && child.send(message));
  const stop = (): void => send({ type: "stop", why: String(signal.reason ?? "interrupted") });
  let directory: string | null = null;
  let end: RunEnd | Error | null = null;
  child.on("message", (message: FromLab) => {
    if (message.type === "progress") return events.onProgress(message.progress);
    if (message.type === "stored") {
      directory = message.directory;
      return events.onStored(directory);
    }
    if (message.type === "ended") end = { state: message.state, directory: directory ?? "" };
    else end = message.machine ? new MachineError(message.message) : new UserError(message.message);
    child.disconnect();
  });
  signal.addEventListener("abort", stop);
  send({ type: "begin", order });
  return lab.ended.then((by) => {
    if (end === null) throw new Error(`the lab's process ended with ${by} before the run did; its own words are above`);
    if (end instanceof Error) throw end;
    return end;
  }).finally(() => signal.removeEventListener("abort", stop));
}
