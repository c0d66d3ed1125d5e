// Two threads send the first packets of one socket, that is of one tuple, at the same moment, again and again, until the
// kernel has resolved a clash or `ROUNDS` are over. Run in a namespace of its own; prints what happened as JSON.
// Argument: the port on 127.0.0.1 to send to.
import { readFileSync } from "node:fs";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Arena } from "../../src/libc/arena.ts";
import { type Libc, loadLibc } from "../../src/libc/library.ts";
import { MSG_DONTWAIT, Sockets } from "../../src/libc/sockets.ts";

const ROUNDS = 200_000;
const [port] = process.argv.slice(2);
const libc = needLibc();
const arena = new Arena(libc, 4096);
const payload = arena.take(16).address;

// Cells that both threads share.
const ROUND = 0;
const DESCRIPTOR = 1;
const DONE = 2;
const REFUSED = 3;
const cells = new Int32Array(parentPort === null ? new SharedArrayBuffer(16) : (workerData as SharedArrayBuffer));
if (parentPort === null) await lead();
else follow();

function needLibc(): Libc {
  const loaded = loadLibc();
  if (loaded === null) throw new Error("koffi does not load here");
  return loaded;
}

async function lead(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: cells.buffer, argv: [port] });
  await new Promise((resolve) => worker.once("online", resolve));
  const sockets = new Sockets(libc, arena);
  let rounds = 0;
  while (rounds < ROUNDS && !(rounds % 1000 === 0 && counters().clashres > 0)) {
    const fd = sockets.must("socket", sockets.open());
    sockets.must("connect", sockets.connect(fd, { address: 0x7f000001, port: Number(port) }));
    Atomics.store(cells, DESCRIPTOR, fd);
    Atomics.store(cells, DONE, 0);
    Atomics.store(cells, ROUND, ++rounds);
    send(fd);
    while (Atomics.load(cells, DONE) < 2);
    sockets.close(fd);
  }
  Atomics.store(cells, ROUND, -1);
  process.stdout.write(JSON.stringify({ rounds, refused: cells[REFUSED], ...counters() }));
}

function follow(): void {
  for (let seen = 0; ; ) {
    const round = Atomics.load(cells, ROUND);
    if (round < 0) return;
    if (round === seen) continue;
    seen = round;
    send(Atomics.load(cells, DESCRIPTOR));
  }
}

function send(fd: number): void {
  const EPERM = 1;
  // The other thread's packet may have brought back "port unreachable" first; only EPERM is of interest.
  if (libc.send(fd, payload, 12, MSG_DONTWAIT) < 0 && libc.errno() === EPERM) Atomics.add(cells, REFUSED, 1);
  Atomics.add(cells, DONE, 1);
}

function counters(): { clashres: number; insertFailed: number; drop: number } {
  const [header = [], ...rows] = readFileSync("/proc/net/stat/nf_conntrack", "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/));
  const total = (name: string): number => rows.reduce((sum, row) => sum + Number.parseInt(row[header.indexOf(name)] ?? "", 16), 0);
  return { clashres: total("clashres"), insertFailed: total("insert_failed"), drop: total("drop") };
}
