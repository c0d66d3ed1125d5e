import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedFill, PlannedLoad } from "../../src/plan/plan.ts";
import { fillJobs, loadJobs } from "../../src/sender/jobs.ts";
import { answerTemplate, queryTemplate } from "../../src/wire/query-template.ts";

const WHERE = { phase: 2, target: { address: "127.0.0.53", port: 53 } };

function aLoad(differs: Partial<PlannedLoad>): PlannedLoad {
  return {
    kind: "load", strategy: "pool", engine: "libc", ratePps: 1000, shape: null, durationMs: 5000, queries: 100, catchUpMs: 100, threads: 2, outstanding: 10, timeoutMs: 2000,
    sockets: 4, opened: "at-load", sources: { base: 0x7f400001, size: 8 }, ports: { first: 20_000, last: 20_063 }, flowSpace: 512, query: { name: "load.test", type: "A" }, retry: null,
    ...differs,
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
const spread = (numbers: number[]): number => Math.max(...numbers) - Math.min(...numbers);

describe("loadJobs", () => {
  it("splits counts, sockets and the bound on outstanding queries exactly and evenly", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 16 }), fc.nat(1e8), fc.nat(1e6), fc.nat(1e6), (threads, queries, outstanding, sockets) => {
      const jobs = loadJobs(aLoad({ threads, queries, outstanding, sockets }), WHERE);
      expect(jobs.map(({ thread }) => thread)).toEqual(Array.from({ length: threads }, (_, i) => i));
      for (const [whole, shares] of [
        [queries, jobs.map((job) => job.queries ?? Number.NaN)],
        [outstanding, jobs.map((job) => job.outstanding)],
        [sockets, jobs.map((job) => job.sockets)],
      ] as const) {
        expect(sum([...shares])).toBe(whole);
        expect(spread([...shares])).toBeLessThanOrEqual(1);
      }
    }));
  });

  it("gives each thread of a sweep ports of its own: two cannot bind the same", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 300 }), (threads, more) => {
      const ports = { first: 20_000, last: 20_000 + threads - 1 + more };
      let next = ports.first;
      for (const job of loadJobs(aLoad({ strategy: "sweep", threads, ports }), WHERE)) {
        expect(job.ports.first).toBe(next);
        expect(job.ports.last).toBeGreaterThanOrEqual(job.ports.first);
        next = job.ports.last + 1;
      }
      expect(next).toBe(ports.last + 1);
    }));
  });

  it("leaves the rest as planned: rates and schedules are those of the whole load", () => {
    const load = aLoad({ queries: null, threads: 3 });
    for (const job of loadJobs(load, WHERE)) {
      expect(job).toMatchObject({ ...WHERE, ratePps: 1000, shape: null, durationMs: 5000, queries: null, threads: 3, timeoutMs: 2000, sources: load.sources, ports: load.ports });
    }
  });
});

describe("fillJobs", () => {
  const fill: PlannedFill = { kind: "fill", by: "traffic", engine: "libc", entries: 1000, state: "assured", sources: { base: 0x7f400000, size: 64 }, ports: { first: 10_000, last: 10_015 }, answersItself: true, threads: 1 };

  it.each([{ present: 0, flows: 1000, last: 10_015 }, { present: 11, flows: 989, last: 10_015 }, { present: 100, flows: 900, last: 10_014 }, { present: 1000, flows: 0, last: 10_000 }, { present: 5000, flows: 0, last: 10_000 }])(
    "opens $flows flows where the table holds $present",
    ({ present, flows, last }) => {
      expect(fillJobs(fill, { ...WHERE, present, namespace: null })).toEqual([
        { ...WHERE, kind: "fill", by: "traffic", engine: "libc", state: "assured", sources: fill.sources, ports: { first: 10_000, last }, template: queryTemplate({ name: "fill.test", type: "A" }), answer: answerTemplate({ name: "fill.test", type: "A" }), threads: 1, flows },
      ]);
    },
  );

  it("splits flows among threads exactly, each with ports of its own for no more flows than they have", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1024 }), fc.nat(1100), (threads, entries, present) => {
      const jobs = fillJobs({ ...fill, threads, entries }, { ...WHERE, present, namespace: null });
      expect(sum(jobs.map((job) => (job.by === "traffic" ? job.flows : Number.NaN)))).toBe(Math.max(0, entries - present));
      let next = fill.ports.first;
      for (const job of jobs) {
        expect(job).toMatchObject({ threads: jobs.length, ports: { first: next } });
        expect(job.by === "traffic" && job.flows).toBeLessThanOrEqual((job.ports.last - next + 1) * fill.sources.size);
        next = job.ports.last + 1;
      }
      expect(next).toBeLessThanOrEqual(fill.ports.last + 1);
    }));
  });

  it("splits what the table lacks among the groups of an insertion, exactly", () => {
    const group = { protocol: "udp", state: "replied", assured: false, timeoutS: 30, destination: WHERE.target } as const;
    const shares = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }).map((parts) => parts.map((part) => part / sum(parts)));
    fc.assert(fc.property(shares, fc.nat(1e6), fc.nat(1e6), (parts, entries, present) => {
      const { kind, sources, ports, threads } = fill;
      const [job] = fillJobs({ kind, by: "insertion", entries, sources, ports, threads, groups: parts.map((share) => ({ ...group, share })) }, { ...WHERE, present, namespace: "/run/netns/router" });
      if (job?.by !== "insertion") throw new Error("an insertion is planned");
      expect(job).toMatchObject({ phase: WHERE.phase, namespace: "/run/netns/router" });
      const lacking = Math.max(0, entries - present);
      const counts = job.groups.map((each) => each.entries);
      expect(sum(counts)).toBe(lacking);
      counts.forEach((count, i) => expect(Math.abs(count - (parts[i] ?? 0) * lacking)).toBeLessThanOrEqual(1));
    }));
  });
});
