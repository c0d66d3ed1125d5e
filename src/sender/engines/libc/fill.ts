import type { Clock } from "../../../clock.ts";
import { Arena } from "../../../libc/arena.ts";
import { errnoName, type Libc } from "../../../libc/library.ts";
import { BATCH, Messages, messageBytes } from "../../../libc/messages.ts";
import { Readiness, READINESS_BYTES } from "../../../libc/readiness.ts";
import { CallError, MSG_DONTWAIT, Sockets } from "../../../libc/sockets.ts";
import { cidr, portCount } from "../../../plan/addresses.ts";
import { type Flow, flowAt } from "../../../plan/flows.ts";
import { answeredSequence } from "../../../wire/answer.ts";
import { OPENING_BYTES, patchQuery } from "../../../wire/query.ts";
import { FIRST_PATIENCE_NS, OPENING_NS, PATIENCE_NS, REPAIRS } from "../../fill-timing.ts";
import type { FilledEvent, FillJob } from "../../protocol.ts";
import { OpeningTimes } from "./opening-times.ts";
import { PortSockets } from "./ports.ts";
import { StandIn } from "./stand-in.ts";

/** Queries awaiting an answer at once, of all threads: what fits into a default socket buffer of the resolver (net.core.rmem_max). Refilled at half. */
const WINDOW = 448;
const RECEIVE_BYTES = 512;

const ANSWERED = 1;

/**
 * Opens flows of its own until the table holds as many as planned, and takes each as far as the plan says:
 *  unreplied  one datagram that is no query, which no resolver answers
 *  replied    one query and its answer
 *  assured    that, and one more datagram from the same port more than 2 s after the first
 * Where the plan says so, flows begin with a datagram that is no query in the place of one, as many as soon can be before the first is
 * answered, by the fill itself: the 2 s then pass meanwhile. What was lost is sent again. No socket needs to stay open for an entry to stay.
 */
export class Fill {
  readonly #libc: Libc;
  readonly #clock: Clock;
  readonly #job: FillJob;
  readonly #arena: Arena;
  readonly #readiness: Readiness;
  readonly #messages: Messages;
  readonly #received: Messages;
  readonly #open: PortSockets;
  readonly #standIn: StandIn | null;
  readonly #template: Uint8Array;
  readonly #window: number;
  /** Per flow: whether its answer came. */
  readonly #state: Uint8Array;
  readonly #times: OpeningTimes;
  readonly #failed: Record<string, number> = {};
  readonly #stopped: () => boolean;
  #asked = 0;
  #answered = 0;
  #confirmed = 0;
  #repaired = 0;
  /** Queries no longer waited for in the first pass. */
  #writtenOff = 0;

  constructor({ libc, clock, job, stopped }: { libc: Libc; clock: Clock; job: FillJob; stopped: () => boolean }) {
    this.#libc = libc;
    this.#clock = clock;
    this.#times = new OpeningTimes(libc, job.flows);
    this.#job = job;
    this.#stopped = stopped;
    this.#template = job.template;
    const packets = BATCH * (messageBytes(RECEIVE_BYTES) + messageBytes(this.#template.length) + messageBytes(job.answer?.length ?? 0));
    this.#arena = new Arena(libc, packets + READINESS_BYTES + 4096);
    const sockets = new Sockets(libc, this.#arena);
    this.#readiness = new Readiness(libc, this.#arena);
    this.#received = new Messages(libc, this.#arena, { count: BATCH, packetBytes: RECEIVE_BYTES });
    this.#messages = new Messages(libc, this.#arena, { count: BATCH, packetBytes: this.#template.length });
    this.#messages.sendTo({ address: cidr(job.target.address).base, port: job.target.port });
    this.#messages.chooseSources();
    for (let i = 0; i < BATCH; i++) this.#arena.bytes.set(this.#template, this.#messages.packetOffset(i));
    this.#open = new PortSockets({ sockets, readiness: this.#readiness, ports: job.ports, most: portCount(job.ports), reportErrors: false });
    this.#standIn = job.answer === null ? null : new StandIn({ libc, arena: this.#arena, sockets, at: job.target, answer: job.answer });
    this.#state = new Uint8Array(job.flows);
    this.#window = Math.ceil(WINDOW / job.threads);
  }

  run(): FilledEvent {
    if (this.#standIn === null) this.#openAll();
    else this.#openAndAnswer(this.#standIn);
    if (this.#job.state !== "unreplied" && this.#asked > 0) {
      if (this.#answered > 0 || this.#standIn !== null) this.#repair();
      if (this.#answered === 0 && !this.#stopped()) throw new CallError("fill", `no answer from ${this.#job.target.address}:${this.#job.target.port}`);
    }
    if (this.#job.state === "assured") this.#confirmAll();
    this.#open.close();
    this.#standIn?.close();
    this.#readiness.close();
    return {
      type: "filled",
      atNs: this.#clock.nowNs(),
      phase: this.#job.phase,
      // One that was refused at first may have been opened by the repair.
      flows: Math.max(this.#asked, this.#answered),
      replied: this.#answered,
      confirmed: this.#confirmed,
      repaired: this.#repaired,
      failed: this.#failed,
    };
  }

  #openAndAnswer(standIn: StandIn): void {
    const { flows } = this.#job;
    for (let first = 0; first < flows && !this.#stopped(); ) {
      const end = this.#openFrom(first);
      for (; first < end && !this.#stopped(); first += BATCH) {
        // An answer to a flow that has not begun would begin it, the other way round: those are left to the repair.
        if (this.#times.begun(first)) this.#answer(standIn, first, Math.min(BATCH, flows - first));
      }
    }
    if (this.#answered > 0) this.#awaitQuiet();
  }

  /** Opens flows from this one on, as long as none can have expired before it is answered. Returns the first that is left. */
  #openFrom(begin: number): number {
    const { flows } = this.#job;
    const untilNs = this.#times.nowNs() + OPENING_NS;
    let first = begin;
    for (; first < flows && this.#times.nowNs() <= untilNs && !this.#stopped(); first += BATCH) {
      const count = Math.min(BATCH, flows - first);
      const sent = this.#sendRange(first, count, OPENING_BYTES);
      this.#asked += sent;
      if (sent === count) this.#times.begin(first);
      else this.#times.stamp(first);
    }
    return first;
  }

  #answer(standIn: StandIn, first: number, count: number): void {
    this.#eachRun(first, count, (flow, { address, port }, run) => {
      standIn.answer({ sequence: flow, address, port, count: run });
      this.#receiveAt(this.#open.of(port));
    });
  }

  #openAll(): void {
    const { flows, state } = this.#job;
    for (let first = 0; first < flows && !this.#stopped(); first += BATCH) {
      const count = Math.min(BATCH, flows - first);
      this.#asked += this.#sendRange(first, count, state === "unreplied" ? OPENING_BYTES : this.#template.length);
      this.#times.stamp(first);
      if (state !== "unreplied") this.#awaitWindow();
      // A resolver that is not there would cost a wait for every window.
      if (this.#writtenOff > 0 && this.#answered === 0) return;
    }
    this.#awaitQuiet();
  }

  /** Lets at most a window of queries be unanswered; answers that stay away too long are left to the repair. */
  #awaitWindow(): void {
    if (this.#inFlight() <= this.#window) return;
    const sinceNs = this.#clock.nowNs();
    while (this.#inFlight() > this.#window / 2 && !this.#stopped()) {
      if (this.#receive() > 0) continue;
      if (this.#clock.nowNs() - sinceNs > this.#patienceNs) this.#writtenOff += this.#inFlight();
      else this.#readiness.wait(1e6);
    }
  }

  get #patienceNs(): number {
    return this.#answered === 0 ? FIRST_PATIENCE_NS : PATIENCE_NS;
  }

  #inFlight(): number {
    return this.#asked - this.#answered - this.#writtenOff;
  }

  /** Receives until nothing has come for a while or every answer is in. */
  #awaitQuiet(): void {
    if (this.#job.state === "unreplied") return;
    let quietSinceNs = this.#clock.nowNs();
    while (this.#answered < this.#asked && this.#clock.nowNs() - quietSinceNs < this.#patienceNs && !this.#stopped()) {
      if (this.#receive() > 0) quietSinceNs = this.#clock.nowNs();
      else this.#readiness.wait(1e6);
    }
  }

  #repair(): void {
    for (let round = 0; round < REPAIRS && this.#answered < this.#asked && !this.#stopped(); round++) {
      let inFlight = 0;
      for (let flow = 0; flow < this.#job.flows; flow++) {
        if (this.#state[flow] === ANSWERED) continue;
        if (this.#stopped()) return;
        const sent = this.#sendRange(flow, 1, this.#standIn === null ? this.#template.length : OPENING_BYTES);
        this.#repaired += sent;
        this.#times.stamp(flow);
        if (this.#standIn !== null && sent === 1) this.#answer(this.#standIn, flow, 1);
        if (++inFlight % this.#window === 0) this.#awaitQuiet();
        if (inFlight >= this.#window && this.#answered === 0) return;
      }
      this.#awaitQuiet();
    }
  }

  #confirmAll(): void {
    for (let first = 0; first < this.#job.flows && !this.#stopped(); first += BATCH) {
      const readyNs = this.#times.readyNs(first);
      for (let nowNs = this.#times.nowNs(); nowNs < readyNs && !this.#stopped(); nowNs = this.#times.nowNs()) {
        this.#readiness.wait(Math.min(20e6, readyNs - nowNs));
      }
      this.#confirmed += this.#sendRange(first, Math.min(BATCH, this.#job.flows - first), OPENING_BYTES);
    }
  }

  /** Sends one datagram from each of `count` flows: a query, or less of it. Returns how many went. */
  #sendRange(first: number, count: number, bytes: number): number {
    let sent = 0;
    this.#eachRun(first, count, (flow, { address, port }, run) => {
      for (let i = 0; i < run; i++) {
        this.#messages.setSource(i, address + i);
        this.#messages.setLength(i, bytes);
        if (bytes === this.#template.length) patchQuery(this.#arena.bytes, this.#messages.packetOffset(i), flow + i);
      }
      sent += this.#flush(this.#open.of(port), run);
    });
    return sent;
  }

  /** Flows that share a port, and so a socket, at a time: the first of them, where it is, and how many. */
  #eachRun(first: number, count: number, act: (flow: number, at: Flow, run: number) => void): void {
    const { sources } = this.#job;
    for (let done = 0; done < count; ) {
      const at = flowAt(this.#job, first + done);
      const run = Math.min(count - done, sources.size - (at.address - sources.base));
      act(first + done, at, run);
      done += run;
    }
  }

  #flush(fd: number, count: number): number {
    let sent = 0;
    for (let done = 0; done < count && !this.#stopped(); ) {
      const went = this.#messages.send(fd, done, count, 0);
      if (went >= 0) {
        sent += went;
        done += went;
        continue;
      }
      const errno = errnoName(this.#libc.errno());
      // A full socket buffer passes; anything else is a fact about this flow.
      if (errno === "EAGAIN") this.#readiness.wait(1e5);
      else {
        this.#failed[errno] = (this.#failed[errno] ?? 0) + 1;
        done++;
      }
    }
    return sent;
  }

  #receive(): number {
    let total = 0;
    const ready = this.#readiness.ready();
    for (let i = 0; i < ready; i++) total += this.#receiveAt(this.#open.at(this.#readiness.key(i)));
    return total;
  }

  #receiveAt(fd: number): number {
    const count = Math.max(0, this.#received.receive(fd, MSG_DONTWAIT));
    for (let i = 0; i < count; i++) this.#book(this.#received.packetOffset(i), this.#received.receivedBytes(i));
    return count;
  }

  #book(offset: number, length: number): void {
    const flow = answeredSequence(this.#arena.bytes, offset, length, this.#template);
    if (flow < 0 || flow >= this.#job.flows || this.#state[flow] === ANSWERED) return;
    this.#state[flow] = ANSWERED;
    this.#answered++;
  }
}
