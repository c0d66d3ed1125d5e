import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ENTRY_POINTS } from "../../../entry-points.ts";
import { Arena } from "../../../libc/arena.ts";
import { loadLibc, type Libc } from "../../../libc/library.ts";
import { BATCH, Messages, messageBytes } from "../../../libc/messages.ts";
import { MSG_WAITFORONE, Sockets } from "../../../libc/sockets.ts";
import { cidr } from "../../../plan/addresses.ts";
import { OPENING_BYTES } from "../../../wire/query.ts";
import { Answerer } from "./answerer.ts";
import type { TcpService } from "./tcp.ts";

// Entry point of the embedded resolver's process: `main.js ADDRESS PORT answer|silent [tcp]`. It says "ready" to its
// parent and serves until it is killed, which happens at the latest when the lab's process namespace ends.

const PACKET_BYTES = 1232;
const BUFFER_BYTES = 8 << 20;

const [address = "", port = "", manner = "answer", tcp] = process.argv.slice(2);
process.on("disconnect", () => process.exit(0));
const service: TcpService = { address, port: Number(port), silent: manner === "silent" };
// An error before it listens ends this process, and with it the start of the lab.
if (tcp === "tcp") await once(new Worker(ENTRY_POINTS.resolverOverTcp, { workerData: service }), "message");
const libc = loadLibc();
if (libc === null) await serveDgram(manner === "silent" ? () => 0 : answerInPlace(new Answerer({ truncates: true })));
else if (manner === "silent") discardAll(libc);
else serveLibc(libc);

function answerInPlace(answerer: Answerer): (bytes: Uint8Array, length: number) => number {
  return (bytes, length) => answerer.answer(bytes, 0, length, bytes.length);
}

async function serveDgram(answer: (bytes: Uint8Array, length: number) => number): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { address: to, port: toPort }) => {
    const bytes = new Uint8Array(PACKET_BYTES);
    bytes.set(message.subarray(0, PACKET_BYTES));
    const length = answer(bytes, Math.min(message.length, PACKET_BYTES));
    if (length > 0) socket.send(bytes.subarray(0, length), toPort, to, () => {});
  });
  await new Promise<void>((resolve) => socket.bind({ address, port: Number(port) }, resolve));
  process.send?.("ready");
}

/** A socket whose filter lets nothing in: whoever sends to it shares no CPU with a reader. */
function discardAll(library: Libc): void {
  const arena = new Arena(library, 4096);
  const sockets = new Sockets(library, arena);
  const fd = sockets.must("socket", sockets.open());
  sockets.must("filter", sockets.discardAll(fd));
  sockets.must(`bind ${address}:${port}`, sockets.bind(fd, { address: cidr(address).base, port: Number(port) }));
  process.send?.("ready");
}

/** Blocks this thread for good: a batch of queries in, a batch of answers out. */
function serveLibc(library: Libc): void {
  const arena = new Arena(library, BATCH * messageBytes(PACKET_BYTES) + 4096);
  const sockets = new Sockets(library, arena);
  const messages = new Messages(library, arena, { count: BATCH, packetBytes: PACKET_BYTES });
  const answerer = new Answerer({ truncates: true });
  const fd = sockets.must("socket", sockets.open({ blocking: true }));
  // With a fill that stands in for it.
  sockets.must("share an address", sockets.shareAddress(fd));
  sockets.must(`bind ${address}:${port}`, sockets.bind(fd, { address: cidr(address).base, port: Number(port) }));
  sockets.enlargeBuffers(fd, BUFFER_BYTES);
  sockets.must("filter", sockets.discardOf(fd, OPENING_BYTES));
  const serve = (): never => {
    for (;;) serveBatch();
  };
  // The message must be on its way before this thread blocks for good.
  if (process.send === undefined) serve();
  else process.send("ready", serve);

  function serveBatch(): void {
    for (let i = 0; i < BATCH; i++) {
      messages.useNames(i);
      messages.setLength(i, PACKET_BYTES);
    }
    const received = messages.receive(fd, MSG_WAITFORONE);
    for (let i = 0; i < received; i++) {
      messages.setLength(i, answerer.answer(arena.bytes, messages.packetOffset(i), messages.receivedBytes(i), PACKET_BYTES));
    }
    sendAnswers(received);
  }

  /** Sends runs of messages that have an answer; one that the kernel refuses is lost, as on any resolver. */
  function sendAnswers(count: number): void {
    for (let from = 0; from < count; ) {
      if (messages.length(from) === 0) {
        from++;
        continue;
      }
      let to = from + 1;
      while (to < count && messages.length(to) > 0) to++;
      from += Math.max(0, messages.send(fd, from, to, 0));
      // Sent again, the one that ended it would be dropped, and counted, twice.
      if (from < to) from++;
    }
  }
}
