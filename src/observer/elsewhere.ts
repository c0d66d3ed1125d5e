import { Observer } from "./observer.ts";
import type { FromObserver, ToObserver } from "./protocol.ts";

// Entry point of the process that observes another network namespace where no thread can move into one: its parent starts it
// there. It passes on what its own observer thread says, and ends when it is told to, or with its parent.

let observer: Observer | null = null;
const tell = (message: FromObserver): void => void process.send?.(message);
process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToObserver) => {
  if (message.type === "begin" && observer === null) void begin(new Observer({
    ...message.what,
    onRecords: (records) => tell({ type: "records", records }),
    onCrash: (error) => {
      throw error;
    },
  }));
  if (message.type === "look") void observer?.look().then(() => tell({ type: "looked", number: message.number }));
  if (message.type === "end") void end();
});

async function begin(started: Observer): Promise<void> {
  observer = started;
  await started.ready();
  tell({ type: "ready" });
}

async function end(): Promise<void> {
  await observer?.end();
  tell({ type: "done" });
}
