import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Clock } from "../../../clock.ts";
import { errnoOf } from "../../../errors.ts";
import { numberToAddress } from "../../../plan/addresses.ts";
import type { AddressRange, Endpoint } from "../../../plan/plan.ts";
import { patchQuery } from "../../../wire/query.ts";
import { type Account, failureWords } from "../../account.ts";
import { bookAnswer } from "../../book-answer.ts";
import type { Outstanding } from "../../outstanding.ts";

/** What the exchanges of one thread share. */
export interface DgramContext {
  clock: Clock;
  account: Account;
  outstanding: Outstanding;
  template: Uint8Array;
  target: Endpoint;
}

/** Sends one query meant for `intendedNs`; resolves when it is answered, refused or given up. Never rejects. */
export interface Exchanges {
  exchange(intendedNs: number): Promise<void>;
  /** The query entered under `key` was given up. */
  expired(key: number): void;
  close(): void;
}

/** A new socket for every query, closed after its answer. */
export function perQuery(context: DgramContext, sources: AddressRange | null): Exchanges {
  const waiting = new Map<number, { socket: Socket; settle: () => void }>();

  function finish(sequence: number): void {
    const query = waiting.get(sequence);
    waiting.delete(sequence);
    query?.socket.close();
    query?.settle();
  }

  return {
    async exchange(intendedNs) {
      const socket = createSocket("udp4");
      try {
        await connect(socket, context.target, sources);
      } catch (error) {
        refuse(context, "connect", error, socket);
        socket.close();
        return;
      }
      socket.on("message", (message) => {
        const closed = bookAnswer(context, { bytes: message, offset: 0, length: message.length });
        if (closed >= 0) finish(closed);
      });
      await new Promise<void>((settle) => {
        const sequence = send(context, socket, intendedNs, finish);
        waiting.set(sequence, { socket, settle });
      });
    },
    expired: finish,
    close() {},
  };
}

/** Long-lived connected sockets, used in turn. */
export async function pool(context: DgramContext, count: number): Promise<Exchanges> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = createSocket("udp4");
      await connect(socket, context.target, null);
      return socket;
    }),
  );
  const settles = new Map<number, () => void>();
  const finish = (sequence: number): void => {
    settles.get(sequence)?.();
    settles.delete(sequence);
  };
  for (const socket of sockets) {
    socket.on("message", (message) => finish(bookAnswer(context, { bytes: message, offset: 0, length: message.length })));
  }
  let turn = 0;
  return {
    exchange(intendedNs) {
      const socket = sockets[turn] as Socket;
      turn = (turn + 1) % count;
      return new Promise<void>((settle) => {
        settles.set(send(context, socket, intendedNs, finish), settle);
      });
    },
    expired: finish,
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

async function connect(socket: Socket, target: Endpoint, sources: AddressRange | null): Promise<void> {
  if (sources !== null) {
    const address = numberToAddress(sources.base + Math.floor(Math.random() * sources.size));
    socket.bind({ address, port: 0, exclusive: true });
    await once(socket, "listening");
  }
  socket.connect(target.port, target.address);
  await once(socket, "connect");
  // An ICMP error (nobody listens) comes as an event; the query it belongs to will be given up in time.
  socket.on("error", () => {});
}

/** Sends the next query and returns its sequence number; `onRefused` is called later if the kernel refuses it. */
function send(context: DgramContext, socket: Socket, intendedNs: number, onRefused: (sequence: number) => void): number {
  const { account, clock, outstanding } = context;
  const packet = Uint8Array.from(context.template);
  const sequence = outstanding.nextSequence;
  patchQuery(packet, 0, sequence);
  // Entered now: the answer can come before the callback that tells whether the query went.
  outstanding.open({ sentNs: clock.nowNs(), intendedNs, key: sequence });
  // Without this callback Node hides EPERM completely.
  socket.send(packet, (error) => {
    if (error === null) return account.sent();
    outstanding.withdraw(sequence);
    refuse(context, "send", error, socket);
    onRefused(sequence);
  });
  return sequence;
}

function refuse({ account, clock, target }: DgramContext, call: string, error: unknown, socket: Socket): void {
  const errno = errnoOf(error) ?? "unknown";
  account.refused(errno, () => {
    const source = localAddress(socket);
    const destination = `${target.address}:${target.port}`;
    return { atNs: clock.nowNs(), errno, call, source, destination, words: failureWords({ call, source, destination, errno }) };
  });
}

function localAddress(socket: Socket): string {
  try {
    const { address, port } = socket.address();
    return `${address}:${port}`;
  } catch {
    return "0.0.0.0:0";
  }
}
