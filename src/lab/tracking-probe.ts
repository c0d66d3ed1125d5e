import { createSocket } from "node:dgram";
import { once } from "node:events";
import fs from "node:fs";
import { parseUnsigned } from "../kernel/sysctl.ts";

const COUNT = "/proc/sys/net/netfilter/nf_conntrack_count";
/** So many at once stand out from what else goes on. */
const PACKETS = 32;

/**
 * Whether this namespace tracks: sends a few empty datagrams over loopback, each from a port of its own to itself, and looks whether they left
 * entries (which expire by themselves). Null where the count is unknown.
 */
export async function probeTracking(): Promise<boolean | null> {
  const before = readCount();
  if (before === null) return null;
  const sockets = Array.from({ length: PACKETS }, () => createSocket("udp4"));
  try {
    await Promise.all(
      sockets.map(async (socket) => {
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
        const { port } = socket.address();
        // An error is an answer too: a full table refuses.
        await new Promise<void>((resolve) => void socket.send("", port, "127.0.0.1", () => resolve()));
      }),
    );
    const after = readCount();
    return after === null ? null : after - before >= PACKETS / 2;
  } catch {
    return null;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

function readCount(): number | null {
  try {
    return parseUnsigned(fs.readFileSync(COUNT, "utf8"));
  } catch {
    return null;
  }
}
