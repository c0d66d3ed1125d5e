import fc from "fast-check";
import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { Account, type Failure, failureWords } from "../../src/sender/account.ts";
import { Outstanding } from "../../src/sender/outstanding.ts";

const failure = (errno: string): Failure => ({ atNs: 1, errno, call: "send", source: "a:1", destination: "b:53", words: "" });
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);

describe("Account", () => {
  it("books every attempt as sent or refused, whatever happens and whenever ticks are taken", () => {
    const step = fc.oneof(
      fc.nat(64).map((queries) => (account: Account) => account.sent(queries)),
      fc.constantFrom("EPERM", "EAGAIN").map((errno) => (account: Account) => void account.refused(errno)),
      fc.constantFrom("NOERROR", "NXDOMAIN").map((outcome) => (account: Account) => account.answered(outcome, 2e6, 1e6)),
      fc.constant((account: Account) => account.unanswered()),
      fc.constantFrom("not-dns", "duplicate").map((kind) => (account: Account) => account.stray(kind)),
      fc.constant("tick" as const),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const account = new Account({ paced: false });
      let attempted = 0;
      for (const act of [...steps, "tick" as const]) {
        if (act !== "tick") {
          act(account);
          continue;
        }
        const tick = account.takeTick();
        expect(tick.attempted).toBe(tick.sent + sum(tick.failed));
        expect(tick.stray).toBe(sum(tick.strays));
        attempted += tick.attempted;
        expect(account.attempted).toBe(attempted);
      }
    }));
  });

  it("books every sent query as answered, unanswered, late or still open, at every tick", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ act: "send" as const, refused: false }) },
      { weight: 1, arbitrary: fc.constant({ act: "send" as const, refused: true }) },
      { weight: 4, arbitrary: fc.record({ act: fc.constant("answer" as const), back: fc.nat(12) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant("expire" as const), afterNs: fc.nat(150) }) },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const account = new Account({ paced: false });
      const outstanding = new Outstanding({ places: 8, timeoutNs: 100 });
      const total = { sent: 0, answered: 0, unanswered: 0, late: 0 };
      let nowNs = 0;
      for (const taken of steps) {
        if (taken.act === "send" && outstanding.room > 0 && taken.refused) {
          account.refused("EPERM");
          outstanding.skip();
        } else if (taken.act === "send" && outstanding.room > 0) {
          outstanding.open({ sentNs: nowNs, intendedNs: nowNs, key: 0 });
          account.sent();
        } else if (taken.act === "answer") {
          const match = outstanding.match(Math.max(0, outstanding.nextSequence - taken.back));
          if (match === "answered") account.answered("NOERROR", 2e6, 1e6);
          else if (match === "late") account.late();
          else account.stray(match);
        } else if (taken.act === "expire") {
          nowNs += taken.afterNs;
          outstanding.expire(nowNs, () => account.unanswered());
        }
        const tick = account.takeTick();
        total.sent += tick.sent;
        total.answered += sum(tick.answered);
        total.unanswered += tick.unanswered;
        total.late += tick.late;
        expect(total.sent).toBe(total.answered + total.unanswered + total.late + outstanding.waiting);
        expect(Math.min(...Object.values(total))).toBeGreaterThanOrEqual(0);
      }
    }));
  });

  it("counts by errno and outcome, and begins anew after each tick", () => {
    const account = new Account({ paced: false });
    account.sent();
    account.sent(63);
    for (const errno of ["EPERM", "EPERM", "ENOBUFS"]) account.refused(errno);
    for (const outcome of ["NOERROR", "NXDOMAIN", "NOERROR"]) account.answered(outcome, 2e6, 1e6);
    account.unanswered();
    for (const kind of ["wrong-id", "duplicate", "wrong-id"] as const) account.stray(kind);
    account.icmpError("ECONNREFUSED");
    expect(account.takeTick()).toEqual({
      attempted: 67, sent: 64, failed: { EPERM: 2, ENOBUFS: 1 }, answered: { NOERROR: 2, NXDOMAIN: 1 }, latenciesUs: { 1984: 3 }, unanswered: 1, late: 0, stray: 3, strays: { "wrong-id": 2, duplicate: 1 }, icmp: { ECONNREFUSED: 1 },
    });
    expect(account.takeTick()).toEqual({ attempted: 0, sent: 0, failed: {}, answered: {}, latenciesUs: {}, unanswered: 0, late: 0, stray: 0, strays: {}, icmp: {} });
    expect(account.attempted).toBe(67);
  });

  it("turns an unanswered query into a late one when its answer comes after all", () => {
    const account = new Account({ paced: false });
    account.unanswered();
    account.unanswered();
    account.late();
    expect(account.takeTick()).toMatchObject({ unanswered: 1, late: 1 });
    // The query was given up in an earlier tick: only the sum over ticks is a count.
    account.late();
    expect(account.takeTick()).toMatchObject({ unanswered: -1, late: 1 });
  });

  it("keeps the first five failures, and asks for none of the others", () => {
    const account = new Account({ paced: false });
    let described = 0;
    const refuse = (): void => {
      if (account.refused("EPERM")) account.keep({ ...failure("EPERM"), atNs: ++described });
    };
    refuse();
    refuse();
    expect(account.takeFailures().map(({ atNs }) => atNs)).toEqual([1, 2]);
    for (let i = 0; i < 10; i++) refuse();
    expect(account.takeFailures().map(({ atNs }) => atNs)).toEqual([3, 4, 5]);
    expect(account.takeFailures()).toEqual([]);
    expect(described).toBe(5);
    expect(account.takeTick().failed).toEqual({ EPERM: 12 });
  });

  it("keeps latency from the intended time, latency from the send, and lateness apart, where queries have a time of their own", () => {
    const account = new Account({ paced: true });
    account.answered("NOERROR", 250_400, 50_000);
    account.wentLate(200_400);
    account.wentLate(1_000);
    const { latency, uncorrected, lateness } = account.histograms();
    expect([latency, uncorrected, lateness].map(contents)).toEqual([{ count: 1, max: 250 }, { count: 1, max: 50 }, { count: 2, max: 200 }]);
  });

  it("has one latency and no lateness where queries go as fast as they can", () => {
    const account = new Account({ paced: false });
    account.answered("NOERROR", 250_400, 250_400);
    account.wentLate(0);
    const { latency, uncorrected, lateness } = account.histograms();
    expect([contents(latency), uncorrected, lateness]).toEqual([{ count: 1, max: 250 }, null, null]);
  });
});

function contents(encoded: string | null): { count: number; max: number } {
  const histogram: Histogram = decodeFromCompressedBase64(encoded ?? "");
  return { count: histogram.totalCount, max: histogram.maxValue };
}

describe("failureWords", () => {
  const where = { source: "127.64.0.1:40000", destination: "127.0.0.53:53" };

  it.each([
    ["sendmmsg", "EPERM", "write udp 127.64.0.1:40000->127.0.0.53:53: write: operation not permitted"],
    ["send", "EPERM", "write udp 127.64.0.1:40000->127.0.0.53:53: write: operation not permitted"],
    ["connect", "EPERM", "dial udp 127.64.0.1:40000->127.0.0.53:53: connect: operation not permitted"],
    ["send", "EAGAIN", "write udp 127.64.0.1:40000->127.0.0.53:53: write: resource temporarily unavailable"],
    ["send", "ENOBUFS", "write udp 127.64.0.1:40000->127.0.0.53:53: write: no buffer space available"],
    ["send", "ECONNREFUSED", "write udp 127.64.0.1:40000->127.0.0.53:53: write: connection refused"],
    ["connect", "ENETUNREACH", "dial udp 127.64.0.1:40000->127.0.0.53:53: connect: network is unreachable"],
    ["send", "EWHATEVER", "write udp 127.64.0.1:40000->127.0.0.53:53: write: EWHATEVER"],
  ])("%s refused with %s", (call, errno, words) => {
    expect(failureWords({ call, errno, protocol: "udp", ...where })).toBe(words);
  });

  it.each([
    ["connect", "ETIMEDOUT", "dial tcp 127.64.0.1:40000->127.0.0.53:53: i/o timeout"],
    ["connect", "ECONNREFUSED", "dial tcp 127.64.0.1:40000->127.0.0.53:53: connect: connection refused"],
    ["send", "EPIPE", "write tcp 127.64.0.1:40000->127.0.0.53:53: write: broken pipe"],
  ])("over TCP, %s refused with %s", (call, errno, words) => {
    expect(failureWords({ call, errno, protocol: "tcp", ...where })).toBe(words);
  });
});
