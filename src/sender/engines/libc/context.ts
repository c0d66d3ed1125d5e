import type { Clock } from "../../../clock.ts";
import { Arena } from "../../../libc/arena.ts";
import { ERROR_QUEUE_BYTES, ErrorQueue } from "../../../libc/error-queue.ts";
import { errnoName, type Libc } from "../../../libc/library.ts";
import { BATCH, Messages, messageBytes } from "../../../libc/messages.ts";
import { Readiness, READINESS_BYTES } from "../../../libc/readiness.ts";
import { RING_BYTES } from "../../../libc/ring.ts";
import { type SocketAddress, Sockets } from "../../../libc/sockets.ts";
import { cidr, numberToAddress } from "../../../plan/addresses.ts";
import type { Endpoint } from "../../../plan/plan.ts";
import { packetsBytes } from "./packets.ts";
import { type Account, type Failure, failureWords } from "../../account.ts";
import type { Outstanding } from "../../outstanding.ts";

/** Room for a received packet: DNS over UDP without EDNS (RFC 1035, section 4.2.1). */
const RECEIVE_BYTES = 512;

/** What the strategies of one thread share: native memory, sockets, the books. */
export interface LibcContext {
  libc: Libc;
  arena: Arena;
  sockets: Sockets;
  readiness: Readiness;
  received: Messages;
  errors: ErrorQueue;
  clock: Clock;
  account: Account;
  outstanding: Outstanding;
  template: Uint8Array;
  target: SocketAddress;
}

export function createContext({ libc, clock, account, outstanding, template, target }: {
  libc: Libc;
  clock: Clock;
  account: Account;
  outstanding: Outstanding;
  template: Uint8Array;
  target: Endpoint;
}): LibcContext {
  const batches = BATCH * (messageBytes(RECEIVE_BYTES) + messageBytes(template.length)) + packetsBytes(template);
  const arena = new Arena(libc, batches + READINESS_BYTES + RING_BYTES + ERROR_QUEUE_BYTES + 4096);
  return {
    libc,
    arena,
    sockets: new Sockets(libc, arena),
    readiness: new Readiness(libc, arena),
    received: new Messages(libc, arena, { count: BATCH, packetBytes: RECEIVE_BYTES }),
    errors: new ErrorQueue(libc, arena),
    clock,
    account,
    outstanding,
    template,
    target: { address: cidr(target.address).base, port: target.port },
  };
}

/**
 * Books a refused send and returns its errno by name. Read errno before anything else calls the library. A full table refuses
 * nearly every send: so nothing is allocated here but for the first few, of which alone `source` is asked.
 */
export function refuse(context: LibcContext, call: string, errno: number, source: () => SocketAddress, protocol: "udp" | "tcp" = "udp"): string {
  const name = errnoName(errno);
  if (context.account.refused(name)) context.account.keep(describe(context, { call, errno: name, source: source(), protocol }));
  return name;
}

function describe({ clock, target }: LibcContext, { call, errno, source, protocol }: { call: string; errno: string; source: SocketAddress; protocol: "udp" | "tcp" }): Failure {
  const from = formatEndpoint(source);
  const to = formatEndpoint(target);
  return { atNs: clock.nowNs(), errno, call, source: from, destination: to, words: failureWords({ call, protocol, source: from, destination: to, errno }) };
}

function formatEndpoint({ address, port }: SocketAddress): string {
  return `${numberToAddress(address)}:${port}`;
}
