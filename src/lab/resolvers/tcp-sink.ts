import fs from "node:fs";
import { createServer } from "node:net";
import { Arena } from "../../libc/arena.ts";
import { loadLibc, type Libc } from "../../libc/library.ts";
import { Sockets } from "../../libc/sockets.ts";
import { cidr } from "../../plan/addresses.ts";

// Entry point of the process that takes TCP connections and closes each at once: `tcp-sink.js ADDRESS PORT`.
// It says "ready" to its parent and goes on until it is killed.

const BACKLOG = 4096;
/** Beyond the kernel's own bound on TIME_WAIT sockets it answers a FIN with RST, and the entry leaves TIME_WAIT for CLOSE. */
const TIME_WAIT_SOCKETS = "/proc/sys/net/ipv4/tcp_max_tw_buckets";
const MOST_TIME_WAIT = 4_000_000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;

const [address = "", port = ""] = process.argv.slice(2);
const libc = loadLibc();
fs.writeFileSync(TIME_WAIT_SOCKETS, String(MOST_TIME_WAIT));
if (libc === null) serveNet();
else serveLibc(libc);

function serveNet(): void {
  const server = createServer((socket) => socket.on("error", () => {}).resume().end());
  server.listen({ host: address, port: Number(port), backlog: BACKLOG }, () => process.send?.("ready"));
}

/** Blocks this thread for good. */
function serveLibc(library: Libc): void {
  const sockets = new Sockets(library, new Arena(library, 4096));
  const listener = sockets.must("socket", sockets.openTcp({ blocking: true }));
  sockets.setOption(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  sockets.must(`bind ${address}:${port}`, sockets.bind(listener, { address: cidr(address).base, port: Number(port) }));
  sockets.must("listen", library.listen(listener, BACKLOG));
  process.send?.("ready", () => {
    for (;;) {
      const fd = library.accept4(listener, 0, 0, 0);
      if (fd >= 0) sockets.close(fd);
    }
  });
}
