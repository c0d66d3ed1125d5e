import { type Libc, loadLibc } from "../libc/library.ts";
import { CallError } from "../libc/sockets.ts";
import type { Engine } from "../plan/plan.ts";
import { Fill } from "./engines/libc/fill.ts";
import type { FilledEvent, FillJob, InsertionJob, LoadJob, SenderJob } from "./protocol.ts";
import type { Runner, SenderContext } from "./runner.ts";

interface Preparing {
  context: SenderContext;
  onFilled: (event: FilledEvent) => void;
}

/**
 * What sends by an engine's way, loaded when it is first needed: it weighs more than the rest of a sender thread, and would keep
 * the first phase waiting.
 */
const LOADS = {
  libc: () => import("./engines/libc/load.ts"),
  dgram: () => import("./engines/dgram/load.ts"),
} satisfies Record<Engine, () => Promise<unknown>>;

/** Loads what a load by this engine needs, ahead of its job. */
export async function loadEngine(engine: Engine): Promise<void> {
  await LOADS[engine]();
}

/** Opens what a job needs on this thread. Throws a CallError for what the machine refuses. */
export async function prepareRunner(job: SenderJob, { context, onFilled }: Preparing): Promise<Runner> {
  if (job.kind === "load") return prepareLoad(job, context);
  const { clock, stopped } = context;
  const fill = await openFill(job, { clock, stopped });
  return async () => {
    onFilled(await fill.run());
    return null;
  };
}

async function prepareLoad(job: LoadJob, context: SenderContext): Promise<Runner> {
  if (job.engine === "libc") return (await LOADS.libc()).prepareLibcLoad(job, needLibc(), context);
  return (await LOADS.dgram()).prepareDgramLoad(job, context);
}

async function openFill(job: FillJob | InsertionJob, how: Pick<SenderContext, "clock" | "stopped">): Promise<{ run(): FilledEvent | Promise<FilledEvent> }> {
  if (job.by === "insertion") return new (await import("./engines/libc/insertion.ts")).Insertion({ libc: needLibc(), job, ...how });
  const tcp = job.state === "time-wait";
  if (job.engine === "libc" && tcp) return new (await import("./engines/libc/tcp-fill.ts")).TcpFill({ libc: needLibc(), job, ...how });
  if (job.engine === "libc") return new Fill({ libc: needLibc(), job, ...how });
  if (tcp) return new (await import("./engines/dgram/tcp-fill.ts")).NodeTcpFill({ job, ...how });
  return new (await import("./engines/dgram/fill.ts")).NodeFill({ job, ...how });
}

function needLibc(): Libc {
  const libc = loadLibc();
  if (libc === null) throw new CallError("load the C library", "no koffi binary for this machine");
  return libc;
}
