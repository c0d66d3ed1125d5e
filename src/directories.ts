import fs from "node:fs";
import path from "node:path";

/** Makes a directory and those above it. Not mkdir's own `recursive`: below /proc, which says ENOENT to a mkdir, Node 20 then tries for ever. */
export function makeDirectories(directory: string): void {
  if (fs.existsSync(directory)) return;
  makeDirectories(path.dirname(directory));
  try {
    fs.mkdirSync(directory);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!fs.existsSync(directory)) throw error;
  }
}
