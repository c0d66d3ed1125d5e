import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Clock } from "../../../clock.ts";
import { errnoOf } from "../../../errors.ts";
import { numberToAddress } from "../../../plan/addresses.ts";
import type { AddressRange, Endpoint } from "../../../plan/plan.ts";
import { answeredSequence } from "../../../wire/answer.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type Account, failureWords } from "../../account.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { Outstanding } from "../../outstanding.ts";
import type { Departures } from "./departures.ts";

/** What the exchanges of one thread share. */
export interface DgramContext {
  clock: Clock;
  account: Account;
  outstanding: Outstanding;
  departures: Departures;
  /** The errno that is tried again; null where none is. */
  retryOn: string | null;
  template: Uint8Array;
  target: Endpoint;
}

/** A query that is sent, or is to be: `again` when it was refused before. */
interface Attempt {
  intendedNs: number;
  again: boolean;
}

export interface Exchanges {
  /** Sends one query; resolves when it is answered or given up, with null, or with the errno that refused it. Never rejects. */
  exchange(attempt: Attempt): Promise<string | null>;
  /** The query entered under `key` was given up, or let go. */
  expired(key: number): void;
  /** Nothing is sent any more. What Node still holds back is told as refused (ECANCELED). */
  close(): void;
}

type Settle = (errno: string | null) => void;

/** Sends that may be made for one query: an error that arrived in between is never its own. */
const MOST_CALLS = 8;

/** What libuv calls a send that its socket's end cut off; so does a load's end. */
const CANCELLED = Object.assign(new Error("the load ended"), { code: "ECANCELED" });

/** A new socket for every query, closed after its answer. */
export function perQuery(context: DgramContext, sources: AddressRange | null): Exchanges {
  const waiting = new Map<number, { socket: Socket; settle: Settle }>();
  let closed = false;

  function finish(sequence: number, errno: string | null = null): void {
    const query = waiting.get(sequence);
    waiting.delete(sequence);
    query?.socket.close();
    query?.settle(errno);
  }

  return {
    async exchange(attempt) {
      const socket = createSocket("udp4");
      try {
        await connect(context, socket, sources);
        if (closed) throw CANCELLED;
      } catch (error) {
        const errno = refuse(context, "connect", error, socket);
        socket.close();
        return errno;
      }
      socket.on("message", (message) => finish(receive(context, message)));
      return new Promise((settle) => {
        const sequence = send(context, socket, attempt, finish);
        waiting.set(sequence, { socket, settle });
      });
    },
    expired: (sequence) => finish(sequence),
    close() {
      closed = true;
    },
  };
}

/** Long-lived connected sockets, used in turn. */
export async function pool(context: DgramContext, count: number): Promise<Exchanges> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = createSocket("udp4");
      await connect(context, socket, null);
      return socket;
    }),
  );
  const settles = new Map<number, Settle>();
  const finish = (sequence: number, errno: string | null = null): void => {
    settles.get(sequence)?.(errno);
    settles.delete(sequence);
  };
  for (const socket of sockets) {
    socket.on("message", (message) => finish(receive(context, message)));
  }
  let turn = 0;
  return {
    exchange(attempt) {
      const socket = sockets[turn] as Socket;
      turn = (turn + 1) % count;
      return new Promise((settle) => {
        settles.set(send(context, socket, attempt, finish), settle);
      });
    },
    expired: (sequence) => finish(sequence),
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

async function connect({ account, target }: DgramContext, socket: Socket, sources: AddressRange | null): Promise<void> {
  if (sources !== null) {
    const address = numberToAddress(sources.base + Math.floor(Math.random() * sources.size));
    socket.bind({ address, port: 0, exclusive: true });
    await once(socket, "listening");
  }
  socket.connect(target.port, target.address);
  await once(socket, "connect");
  // An ICMP error (nobody listens) comes as an event; the query it belongs to will be given up in time.
  socket.on("error", (error) => account.icmpError(errnoOf(error) ?? "unknown"));
}

/** Books a datagram. Returns the sequence number of the query that it closed, or -1. */
function receive(context: DgramContext, message: Uint8Array): number {
  const length = message.length;
  context.departures.left(answeredSequence(message, 0, length, context.template));
  // Node's own buffer holds the longest datagram there is.
  return bookAnswer(context, { bytes: message, offset: 0, length, cut: false, receivedNs: context.clock.nowNs() });
}

/** Sends the next query and returns its sequence number; `onRefused` is called later if the kernel refuses it. */
function send(context: DgramContext, socket: Socket, { intendedNs, again }: Attempt, onRefused: (sequence: number, errno: string) => void): number {
  const { account, clock, departures, outstanding, retryOn } = context;
  const packet = Uint8Array.from(context.template);
  const sequence = outstanding.nextSequence;
  patchQuery(packet, 0, sequence);
  // Entered now: the answer can come before the callback that tells whether the query went.
  const sentNs = clock.nowNs();
  outstanding.open({ sentNs, intendedNs, key: sequence });
  if (!again) account.wentLate(sentNs - intendedNs);
  departures.handOver(sequence, { again });
  const hand = (calls: number): void => {
    // Without this callback Node hides EPERM completely.
    socket.send(packet, (error) => {
      if (error === null) return departures.left(sequence);
      // What ICMP said of an earlier query is told to the next send, which then does nothing: see socket-errors.ts.
      if (errnoOf(error) === "ECONNREFUSED" && calls < MOST_CALLS && departures.isWaiting(sequence)) {
        account.icmpError("ECONNREFUSED");
        return hand(calls + 1);
      }
      const { over } = departures.refused(sequence);
      outstanding.withdraw(sequence);
      const errno = refuse(context, "send", error, socket);
      // Its exchange ended with its timeout, or with the load: nobody is left to try it again.
      if (over && (again || errno === retryOn)) account.gaveUp();
      onRefused(sequence, errno);
    });
  };
  hand(1);
  return sequence;
}

function refuse({ account, clock, target }: DgramContext, call: string, error: unknown, socket: Socket): string {
  const errno = errnoOf(error) ?? "unknown";
  if (account.refused(errno)) {
    const source = localAddress(socket);
    const destination = `${target.address}:${target.port}`;
    account.keep({ atNs: clock.nowNs(), errno, call, source, destination, words: failureWords({ call, protocol: "udp", source, destination, errno }) });
  }
  return errno;
}

function localAddress(socket: Socket): string {
  try {
    const { address, port } = socket.address();
    return `${address}:${port}`;
  } catch {
    return "0.0.0.0:0";
  }
}
