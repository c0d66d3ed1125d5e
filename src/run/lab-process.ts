import { MachineError, UserError } from "../errors.ts";
import type { FromLab, ToLab } from "./lab-protocol.ts";
import { Session } from "./session.ts";

// Entry point of the process that lives in the lab: it carries out one run and tells its parent how it goes.

const PROGRESS_MS = 200;

let session: Session | null = null;
const tell = (message: FromLab): void => void process.send?.(message);
// Without a parent nobody restores, reports or stops us.
process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToLab) => {
  if (message.type === "stop") session?.stop(message.why);
  else if (session === null) void begin((session = new Session(message.order)));
});

async function begin(current: Session): Promise<void> {
  const timer = setInterval(() => tell({ type: "progress", progress: current.meter.take() }), PROGRESS_MS);
  try {
    const state = await current.carryOut((directory) => tell({ type: "stored", directory }));
    tell({ type: "ended", state });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell({ type: "failed", message: error.message, machine: error instanceof MachineError });
  } finally {
    clearInterval(timer);
  }
  // The parent disconnects when it has read this; that ends the process.
}
