import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MonotonicClock } from "../../src/clock.ts";
import { Account } from "../../src/sender/account.ts";
import { Departures } from "../../src/sender/engines/dgram/departures.ts";
import { prepareDgramLoad } from "../../src/sender/engines/dgram/load.ts";
import type { LoadJob } from "../../src/sender/protocol.ts";
import { queryTemplate } from "../../src/wire/query-template.ts";
import type { TickRecord } from "../../src/store/records.ts";
import { retriesOf, totalsOf } from "./fake-transport.ts";

type Told = (error: Error | null) => void;

/** A socket of node:dgram that sends when the test says so. A queue that is not empty when it closes is cancelled, as libuv does. */
class FakeSocket extends EventEmitter {
  static opened: FakeSocket[] = [];
  static onSend: (socket: FakeSocket, packet: Uint8Array, told: Told) => void = () => {};
  readonly queue: Told[] = [];
  closed = false;

  constructor() {
    super();
    FakeSocket.opened.push(this);
  }

  connect(): void {
    setImmediate(() => this.emit("connect"));
  }

  send(packet: Uint8Array, told: Told): void {
    FakeSocket.onSend(this, packet, told);
  }

  address(): { address: string; port: number } {
    return { address: "127.0.0.1", port: 40_000 };
  }

  close(): void {
    this.closed = true;
    for (const told of this.queue.splice(0)) setImmediate(() => told(failure("ECANCELED")));
  }
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });
const sent = (told: Told): void => process.nextTick(() => told(null));

/** Holds a send back for a while, unless the socket is closed before. */
function hold(socket: FakeSocket, told: Told, error: Error | null): void {
  socket.queue.push(told);
  setTimeout(() => {
    const held = socket.queue.indexOf(told);
    if (held >= 0) socket.queue.splice(held, 1)[0]?.(error);
  }, 5);
}

vi.mock("node:dgram", () => ({ createSocket: () => new FakeSocket() }));

beforeEach(() => {
  FakeSocket.opened = [];
});

const JOB: LoadJob = {
  kind: "load", phase: 0, thread: 0, threads: 1, strategy: "pool", engine: "dgram", target: { address: "127.0.0.53", port: 53 },
  ratePps: null, shape: null, catchUpMs: 1000, durationMs: null, queries: 20, timeoutMs: 1, outstanding: 8, sockets: 2, sources: null,
  ports: { first: 1, last: 1 }, flowSpace: 1, opened: "at-load", template: queryTemplate({ name: "load.test", type: "A" }), retry: null,
};

async function play(job: Partial<LoadJob>, stopped: () => boolean = () => false): Promise<ReturnType<typeof totalsOf> & ReturnType<typeof retriesOf> & { errnos: Record<string, number>; open: number }> {
  const ticks: TickRecord[] = [];
  const clock = new MonotonicClock(process.hrtime.bigint());
  const emit = (records: readonly { type: string }[]): void => void ticks.push(...records.filter((record): record is TickRecord => record.type === "tick"));
  const run = await prepareDgramLoad({ ...JOB, ...job }, { thread: 0, clock, stopped, emit });
  await run(clock.nowNs());
  const errnos: Record<string, number> = {};
  for (const { failed } of ticks) for (const [errno, count] of Object.entries(failed)) errnos[errno] = (errnos[errno] ?? 0) + count;
  return { ...totalsOf(ticks), ...retriesOf(ticks), errnos, open: ticks.at(-1)?.outstanding ?? 0 };
}

describe.each(["per-query", "pool"] as const)("the dgram engine, %s", (strategy) => {
  // Some are told in time and some are cut off by the socket's end: the books balance all the same.
  it("counts a query once that is refused only after its timeout", async () => {
    FakeSocket.onSend = (socket, _, told) => hold(socket, told, failure("EPERM"));
    expect(await play({ strategy, ratePps: 1000 })).toMatchObject({ attempted: 20, sent: 0, failed: 20, answered: 0, unanswered: 0, late: 0 });
  });

  it("counts a query as sent and unanswered that leaves only after its timeout", async () => {
    FakeSocket.onSend = (socket, _, told) => hold(socket, told, null);
    const { attempted, sent: left, failed, unanswered, errnos } = await play({ strategy, ratePps: 1000 });
    expect({ attempted, failed, unanswered }).toEqual({ attempted: 20, failed: errnos["ECANCELED"] ?? 0, unanswered: left });
    expect(left + failed).toBe(20);
  });

  it("counts what never left when the load ends as refused", async () => {
    FakeSocket.onSend = (socket, _, told) => void socket.queue.push(told);
    expect(await play({ strategy, outstanding: 20 })).toMatchObject({ attempted: 20, sent: 0, errnos: { ECANCELED: 20 }, unanswered: 0 });
    expect(FakeSocket.opened.every(({ closed }) => closed)).toBe(true);
  });

  it("takes an answer as proof that its query left, though nobody said so yet", async () => {
    FakeSocket.onSend = (socket, packet, told) => {
      const answer = Uint8Array.from(packet);
      answer[2] = (answer[2] ?? 0) | 0x80;
      setImmediate(() => socket.emit("message", answer));
      setTimeout(() => told(null), 5);
    };
    expect(await play({ strategy, timeoutMs: 5000 })).toMatchObject({ attempted: 20, sent: 20, answered: 20, unanswered: 0, stray: 0 });
  });

  it("sends nothing after it was told to stop, and books what it cancelled", async () => {
    let handed = 0;
    FakeSocket.onSend = (_, __, told) => {
      handed++;
      sent(told);
    };
    const { attempted, sent: left, unanswered, open, errnos } = await play({ strategy, queries: 1000, timeoutMs: 5000 }, () => handed >= 3);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect({ left, unanswered, open, cancelled: errnos["ECANCELED"] ?? 0 }).toEqual({ left: handed, unanswered: 0, open: handed, cancelled: attempted - handed });
  });

  it("leaves open what Node holds back when it is told to stop and lets go afterwards, and gives up what was over before", async () => {
    let handed = 0;
    FakeSocket.onSend = (socket, _, told) => {
      handed++;
      hold(socket, told, null);
    };
    const { sent: left, failed, answered, unanswered, late, open, attempted } = await play({ strategy, queries: 1000, ratePps: 1000 }, () => handed >= 10);
    expect({ attempted: left + failed, sent: answered + unanswered + late + open }).toEqual({ attempted, sent: left });
  });

  it("knows of every query that was refused how it ended, where refusals are tried again", async () => {
    let handed = 0;
    FakeSocket.onSend = (socket, _, told) => {
      handed++;
      if (handed % 3 === 0) hold(socket, told, failure("EPERM"));
      else if (handed % 3 === 1) process.nextTick(() => told(failure("EPERM")));
      else sent(told);
    };
    const { attempted, sent: left, failed, retries, recovered, gaveUp, errnos } = await play({ strategy, ratePps: 1000, retry: { on: "EPERM", times: 1, waitMs: 1 } });
    expect({ queries: attempted - retries, failed }).toEqual({ queries: 20, failed: attempted - left });
    // Sent, or given up after a refusal; or cut off by the load's end at the first attempt, which is no refusal to try again.
    const cutOff = 20 - left - gaveUp;
    expect(cutOff).toBeGreaterThanOrEqual(0);
    expect(cutOff).toBeLessThanOrEqual(errnos["ECANCELED"] ?? 0);
    expect(recovered).toBeLessThanOrEqual(Math.min(retries, left));
  });
});

it("whatever comes first, a query is sent or refused, and unanswered only if it was sent", () => {
  const query = fc.record({
    events: fc.shuffledSubarray(["given-up", "told", "answer"] as const, { minLength: 1 }),
    refused: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(query, { maxLength: 20 }), (queries) => {
    const account = new Account({ paced: false });
    const departures = new Departures(account);
    const expected = { sent: 0, unanswered: 0, untold: 0, waiting: 0 };
    for (const [sequence, { events, refused }] of queries.entries()) {
      departures.handOver(sequence, { again: false });
      let left = false;
      let told = false;
      let givenUp = false;
      for (const event of events) {
        // A query that was refused has no answer.
        if (event === "answer" && refused) continue;
        if (event === "given-up" && told && refused) continue;
        if (event === "given-up") {
          departures.givenUp(sequence);
          givenUp = true;
        } else if (event === "told" && refused) {
          departures.refused(sequence);
          told = true;
        } else {
          departures.left(sequence);
          left = true;
        }
      }
      if (left) expected.sent++;
      if (left && givenUp) expected.unanswered++;
      if (!left && !told) expected.untold++;
      if (!left && !told && !givenUp) expected.waiting++;
    }
    const { sent: booked, unanswered } = account.takeTick();
    expect({ sent: booked, unanswered, untold: departures.untold, waiting: departures.waiting }).toEqual(expected);
  }));
});
