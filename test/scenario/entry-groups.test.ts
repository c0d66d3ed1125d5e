import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupsOf, groupsOfState, parseLifetime, shareProblem } from "../../src/scenario/entry-groups.ts";
import { INSERTED_STATES } from "../../src/scenario/scenario.ts";

describe("a group of entries that says little", () => {
  it.each([
    [{ protocol: "udp", state: "unreplied" }, { assured: false, timeoutMs: 30_000 }],
    [{ protocol: "udp", state: "replied" }, { assured: false, timeoutMs: 30_000 }],
    [{ protocol: "udp", state: "replied", assured: true }, { assured: true, timeoutMs: 120_000 }],
    [{ protocol: "tcp", state: "established" }, { assured: true, timeoutMs: 432_000_000 }],
    [{ protocol: "tcp", state: "established", assured: false }, { assured: false, timeoutMs: 432_000_000 }],
    [{ protocol: "tcp", state: "time-wait" }, { assured: true, timeoutMs: 120_000 }],
    [{ protocol: "tcp", state: "syn-sent" }, { assured: false, timeoutMs: 120_000 }],
    [{ protocol: "tcp", state: "close", timeout: 5_000 }, { assured: false, timeoutMs: 5_000 }],
  ] as const)("%j is as the kernel would have it", (typed, expected) => {
    expect(groupsOf([typed])).toEqual([{ protocol: typed.protocol, state: typed.state, share: 1, ...expected }]);
  });

  it("gets its part of what the others leave", () => {
    const group = { protocol: "udp", state: "replied" } as const;
    expect(groupsOf([{ ...group, share: 0.9 }, group, group]).map(({ share }) => share)).toEqual([0.9, expect.closeTo(0.05), expect.closeTo(0.05)]);
    expect(groupsOf([group, group]).map(({ share }) => share)).toEqual([0.5, 0.5]);
  });
});

it("stands for what traffic in a state leaves", () => {
  expect((["unreplied", "replied", "assured", "time-wait"] as const).map((state) => groupsOfState(state)[0])).toMatchObject([
    { protocol: "udp", state: "unreplied", assured: false, timeoutMs: 30_000 },
    { protocol: "udp", state: "replied", assured: false, timeoutMs: 30_000 },
    { protocol: "udp", state: "replied", assured: true, timeoutMs: 120_000 },
    { protocol: "tcp", state: "time-wait", assured: true, timeoutMs: 120_000 },
  ]);
});

it("has shares that make a whole, whatever was accepted", () => {
  const share = fc.option(fc.integer({ min: 1, max: 1000 }).map((permille) => permille / 1000), { nil: undefined });
  const typed = fc.array(share.map((value) => ({ protocol: "tcp", state: "established", share: value }) as const), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(typed, (groups) => {
    fc.pre(shareProblem(groups) === null);
    const made = groupsOf(groups);
    expect(made.reduce((sum, group) => sum + group.share, 0)).toBeCloseTo(1, 9);
    expect(made.every((group) => group.share > 0)).toBe(true);
  }));
});

it.each([
  ["432000s", 432_000_000], ["120h", 432_000_000], ["1s", 1_000], ["1.5m", 90_000],
])("reads a lifetime of %s", (text, ms) => expect(parseLifetime(text)).toEqual({ ok: true, value: ms }));

it.each([
  ["500ms", "500ms is too short; write at least 1s"],
  ["1.5s", "1.5s is no whole number of seconds, and the kernel counts no smaller ones; write 2s"],
  ["481h", "481h is too long; write at most 480h"],
  ["5", "5 has no unit; write 5s or 5ms"],
])("refuses a lifetime of %s", (text, error) => expect(parseLifetime(text)).toEqual({ ok: false, error }));

it("knows a default for every state", () => {
  const groups = [...INSERTED_STATES.udp.map((state) => ({ protocol: "udp", state }) as const), ...INSERTED_STATES.tcp.map((state) => ({ protocol: "tcp", state }) as const)];
  expect(groupsOf(groups).every(({ timeoutMs }) => timeoutMs >= 1_000)).toBe(true);
});
