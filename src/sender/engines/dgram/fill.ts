import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, NS_PER_MS } from "../../../clock.ts";
import { errnoOf } from "../../../errors.ts";
import { CallError } from "../../../libc/sockets.ts";
import { numberToAddress } from "../../../plan/addresses.ts";
import { flowAt } from "../../../plan/flows.ts";
import { answeredSequence } from "../../../wire/answer.ts";
import { patchQuery } from "../../../wire/query.ts";
import { PATIENCE_NS, REPAIRS, SURELY_ASSURED_AFTER_NS } from "../../fill-timing.ts";
import type { FilledEvent, FillJob } from "../../protocol.ts";

/** Flows under way at once, a socket each: their queries fit into a default socket buffer of the resolver. */
const LANES = 128;
const NAP_MS = 20;

/** Addresses are literal: Node would look each of them up in a later turn of the event loop. */
const literal: SocketOptions["lookup"] = (address, _options, callback) => callback(null, address, 4);

/**
 * The fill of `libc/fill.ts` over Node's own sockets, which cannot choose a source address per packet: a socket is bound for
 * each flow, and once more for its second packet. That one goes as soon as it makes the flow ASSURED, before new flows are
 * opened: until then an entry has `nf_conntrack_udp_timeout` (30 s) to live, and a slow fill takes longer.
 */
export class NodeFill {
  readonly #clock: Clock;
  readonly #job: FillJob;
  readonly #stopped: () => boolean;
  readonly #template: Uint8Array;
  readonly #failed: Record<string, number> = {};
  /** Answered flows that are to become ASSURED, in the order of their answers, and when each had its last packet sent. */
  readonly #answered: { flow: number; sentNs: number }[] = [];
  #next = 0;
  #opening = 0;
  #asked = 0;
  #replied = 0;
  #confirmed = 0;
  #repaired = 0;
  #confirming = 0;
  #hopeless = false;

  constructor({ clock, job, stopped }: { clock: Clock; job: FillJob; stopped: () => boolean }) {
    this.#clock = clock;
    this.#job = job;
    this.#template = job.template;
    this.#stopped = stopped;
  }

  /** Throws a CallError when nobody answers. */
  async run(): Promise<FilledEvent> {
    await Promise.all(Array.from({ length: LANES }, () => this.#work()));
    const { phase, target } = this.#job;
    if (this.#hopeless && !this.#stopped()) throw new CallError("fill", `no answer from ${target.address}:${target.port}`);
    return {
      type: "filled",
      atNs: this.#clock.nowNs(),
      phase,
      flows: this.#asked,
      replied: this.#replied,
      confirmed: this.#confirmed,
      repaired: this.#repaired,
      failed: this.#failed,
    };
  }

  /** One lane: takes what is to be done next until nothing is left. */
  async #work(): Promise<void> {
    while (!this.#stopped() && !this.#hopeless) {
      const oldest = this.#answered[this.#confirming];
      const waitMs = oldest === undefined ? null : (oldest.sentNs + SURELY_ASSURED_AFTER_NS - this.#clock.nowNs()) / NS_PER_MS;
      if (oldest !== undefined && waitMs !== null && waitMs <= 0) {
        this.#confirming++;
        if (await this.#packetFrom(oldest.flow)) this.#confirmed++;
      } else if (this.#next < this.#job.flows) {
        this.#opening++;
        await this.#open(this.#next++);
        this.#opening--;
      } else if (waitMs !== null || this.#opening > 0) {
        // What others open is still to be confirmed.
        await sleep(Math.min(NAP_MS, Math.max(1, waitMs ?? 1)));
      } else return;
    }
  }

  async #open(flow: number): Promise<void> {
    if (this.#job.state === "unreplied") {
      if (await this.#packetFrom(flow)) this.#asked++;
      return;
    }
    const socket = await this.#bind(flow);
    if (socket === null) return;
    const query = Uint8Array.from(this.#template);
    patchQuery(query, 0, flow);
    let answer = false;
    let sentNs = 0;
    for (let attempt = 0; attempt <= REPAIRS && !answer && !this.#stopped(); attempt++) {
      if (!(await this.#send(socket, query))) break;
      if (attempt === 0) this.#asked++;
      else this.#repaired++;
      sentNs = this.#clock.nowNs();
      answer = await answered(socket, { flow, query });
    }
    socket.close();
    if (answer) {
      this.#replied++;
      if (this.#job.state === "assured") this.#answered.push({ flow, sentNs });
    } else if (this.#replied === 0) this.#hopeless = true;
  }

  /** One empty datagram from a flow, which no resolver answers. */
  async #packetFrom(flow: number): Promise<boolean> {
    const socket = await this.#bind(flow);
    if (socket === null) return false;
    const went = await this.#send(socket, new Uint8Array());
    socket.close();
    return went;
  }

  /** Null: refused, and booked. */
  async #bind(flow: number): Promise<Socket | null> {
    const socket = createSocket({ type: "udp4", lookup: literal });
    const { address, port } = flowAt(this.#job, flow);
    try {
      const bound = once(socket, "listening");
      socket.bind({ address: numberToAddress(address), port, exclusive: true });
      await bound;
      return socket;
    } catch (error) {
      this.#book(error);
      socket.close();
      return null;
    }
  }

  #send(socket: Socket, packet: Uint8Array): Promise<boolean> {
    const { address, port } = this.#job.target;
    return new Promise((resolve) => {
      socket.send(packet, port, address, (error) => {
        if (error !== null) this.#book(error);
        resolve(error === null);
      });
    });
  }

  #book(error: unknown): void {
    const errno = errnoOf(error) ?? "unknown";
    this.#failed[errno] = (this.#failed[errno] ?? 0) + 1;
  }
}

function answered(socket: Socket, { flow, query }: { flow: number; query: Uint8Array }): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      clearTimeout(timer);
      socket.removeAllListeners("message");
      resolve(answer);
    };
    const timer = setTimeout(() => settle(false), PATIENCE_NS / NS_PER_MS);
    socket.on("message", (message) => {
      if (answeredSequence(message, 0, message.length, query) === flow) settle(true);
    });
  });
}
