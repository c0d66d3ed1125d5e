import fs from "node:fs";
import { errnoName, type Libc } from "./library.ts";
import { CallError } from "./sockets.ts";

const CLONE_NEWNET = 0x40000000;
const OWN = "/proc/thread-self/ns/net";

/** Moves the calling thread alone into a network namespace: its sockets, file reads and /proc/thread-self/net. Throws a CallError when refused. */
export function enterNamespace(libc: Libc, file: string): void {
  const fd = fs.openSync(file, "r");
  move(libc, fd, file);
  fs.closeSync(fd);
}

/** What `act` gives, with the calling thread in another network namespace meanwhile; a socket opened there stays there. */
export function withinNamespace<T>(libc: Libc, file: string, act: () => T): T {
  const own = fs.openSync(OWN, "r");
  try {
    enterNamespace(libc, file);
    return act();
  } finally {
    move(libc, own, OWN);
    fs.closeSync(own);
  }
}

function move(libc: Libc, fd: number, file: string): void {
  if (libc.setns(fd, CLONE_NEWNET) !== 0) throw new CallError(`setns ${file}`, errnoName(libc.errno()));
}
