import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ENTRY_POINTS } from "../entry-points.ts";
import { MachineError } from "../errors.ts";
import { enter, findEntrance, type Privilege } from "../lab/entrance.ts";
import type { Topology } from "../scenario/scenario.ts";

/** The process of a lab, which waits for its order. */
export interface StartedLab {
  process: ChildProcess;
  privilege: Privilege;
  /** Resolves when it has ended, with its exit code or the name of the signal. Rejects where it could not be started. */
  ended: Promise<number | string | null>;
}

/** Starts the process of a lab. Throws a MachineError that names the setting in the way. */
export function startLab(topology: Topology): StartedLab {
  const entrance = findEntrance(topology);
  const lab = enter(entrance, fileURLToPath(ENTRY_POINTS.labProcess));
  const ended = new Promise<number | string | null>((resolve, reject) => {
    lab.once("error", reject);
    lab.once("exit", (code, signal) => resolve(signal ?? code));
  });
  ended.catch(() => {});
  return { process: lab, privilege: entrance.privilege, ended };
}

/**
 * Starts the process of a lab before it is known what is to happen in it: it loads what a run needs while the scenario is read.
 * Null where this machine cannot hold a lab; whoever needs one is told why when it is started for them.
 */
export function startLabAhead(): StartedLab | null {
  try {
    return startLab("loopback");
  } catch (error) {
    if (error instanceof MachineError) return null;
    throw error;
  }
}
