import { MachineError, UserError } from "../errors.ts";
import { startObserver } from "../observer/observer.ts";
import { startSenders } from "../sender/crew.ts";
import type { FromLab, LabOrder, ToLab } from "./lab-protocol.ts";
import { raiseLab } from "./raise-lab.ts";
import type { Session, WaitingThreads } from "./session.ts";

// Entry point of the process that lives in the lab: it carries out one run and tells its parent how it goes.

const PROGRESS_MS = 200;
/** Most runs need no more. */
const SENDERS_AHEAD = 2;

// What every run needs begins before its order is there: the parent may still be reading the scenario.
const threads: WaitingThreads = { senders: startSenders(SENDERS_AHEAD), observer: startObserver() };
const loading = import("./session.ts");

let session: Promise<Session> | null = null;
const tell = (message: FromLab): void => void process.send?.(message);
// Without a parent nobody restores, reports or stops us.
process.on("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);
process.on("message", (message: ToLab) => {
  if (message.type === "begin") void carryOut((session = open(message.order)));
  // What keeps it from opening is told where it is carried out.
  else session?.then((opened) => opened.stop(message.why)).catch(() => {});
});

/** The lab's servers start while the rest may still be loading. */
async function open(order: LabOrder): Promise<Session> {
  const raised = raiseLab(order.plan);
  const { Session: Run } = await loading;
  return new Run(order, { raised, threads });
}

async function carryOut(opening: Promise<Session>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const opened = await opening;
    timer = setInterval(() => tell({ type: "progress", progress: opened.meter.take() }), PROGRESS_MS);
    const state = await opened.carryOut((directory) => tell({ type: "stored", directory }));
    tell({ type: "ended", state });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell({ type: "failed", message: error.message, machine: error instanceof MachineError });
  } finally {
    clearInterval(timer);
  }
  // The parent disconnects when it has read this; that ends the process.
}
