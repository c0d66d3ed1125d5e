import fs from "node:fs";
import path from "node:path";
import type { RunWriter } from "../store/run-directory.ts";

/** Kept free for the last run.json, which must say of a full disk that it was full. */
const ROOM_BYTES = 128 * 1024;

/**
 * The writer of a run, for callbacks that must not throw: the first error is told to `onFailure`, and nothing is
 * appended after it, as a line that was cut short must stay the last one. `close` gives back the room that was kept.
 */
export function keepFacts(writer: RunWriter, onFailure: (error: unknown) => void): RunWriter {
  const room = path.join(writer.directory, ".room");
  let open = true;
  const attempt = (effect: () => void): void => {
    if (!open) return;
    try {
      effect();
    } catch (error) {
      open = false;
      onFailure(error);
    }
  };
  attempt(() => fs.writeFileSync(room, Buffer.alloc(ROOM_BYTES)));
  return {
    id: writer.id,
    directory: writer.directory,
    updateRun: (run) => writer.updateRun(run),
    appendSender: (records) => attempt(() => writer.appendSender(records)),
    appendKernel: (records) => attempt(() => writer.appendKernel(records)),
    appendRouter: (records) => attempt(() => writer.appendRouter(records)),
    appendEvent: (record) => attempt(() => writer.appendEvent(record)),
    appendHistogram: (histogram) => attempt(() => writer.appendHistogram(histogram)),
    close() {
      open = false;
      fs.rmSync(room, { force: true });
      writer.close();
    },
  };
}
