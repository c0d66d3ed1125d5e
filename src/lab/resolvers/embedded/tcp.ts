import fs from "node:fs";
import { createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { MOST_TCP_CONNECTIONS } from "../../../plan/lab-addresses.ts";
import { eachMessage, LENGTH_BYTES, LONGEST_MESSAGE, writeLength } from "../../../wire/framing.ts";
import { Answerer } from "./answerer.ts";

// The thread of the embedded resolver that answers over TCP (RFC 7766): any number of queries a connection, answered in the
// order in which they come. It says "listening" to the thread that serves UDP.

/** What the thread is started with. */
export interface TcpService {
  address: string;
  port: number;
  /** Nobody is answered. */
  silent: boolean;
}

const BACKLOG = 4096;
/** Answers that are written at once. */
const ANSWERS_BYTES = 4 << 16;
const STDERR = 2;

// The other thread blocks for good, so nobody would hear of an error here; without this thread the resolver is half dead.
process.on("uncaughtException", (error) => {
  fs.writeSync(STDERR, `${error.message}\n`);
  process.kill(process.pid, "SIGKILL");
});

const { address, port, silent } = workerData as TcpService;
const answerer = new Answerer({ truncates: false });
const answers = new Uint8Array(ANSWERS_BYTES + LONGEST_MESSAGE);

const server = createServer({ noDelay: true }, (socket) => {
  // A client may end a connection however it likes.
  socket.on("error", () => {});
  if (silent) socket.resume();
  else serve(socket);
});
server.maxConnections = MOST_TCP_CONNECTIONS;
server.listen({ host: address, port, backlog: BACKLOG }, () => parentPort?.postMessage("listening"));

function serve(socket: Socket): void {
  let rest: Uint8Array = new Uint8Array();
  socket.on("drain", () => socket.resume());
  socket.on("data", (piece) => {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let length = 0;
    const used = eachMessage(bytes, 0, bytes.length, (offset, size) => {
      if (length + LENGTH_BYTES + size > ANSWERS_BYTES) flush();
      length += answer(bytes.subarray(offset, offset + size), length);
    });
    rest = bytes.subarray(used);
    flush();

    function flush(): void {
      // Who does not read its answers is not heard until it does.
      if (length > 0 && !socket.write(Buffer.from(answers.subarray(0, length)))) socket.pause();
      length = 0;
    }
  });
}

/** Answers one query into `answers` at `offset`. Returns how many bytes were added: none for what is no query. */
function answer(query: Uint8Array, offset: number): number {
  const at = offset + LENGTH_BYTES;
  answers.set(query, at);
  const room = Math.min(LONGEST_MESSAGE, answers.length - at);
  const length = answerer.answer(answers, at, query.length, room);
  if (length > 0) writeLength(answers, offset, length);
  return length > 0 ? LENGTH_BYTES + length : 0;
}
