import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { createCompositionCounter } from "../../src/kernel/composition.ts";
import { takeComposition } from "../../src/observer/composition.ts";
import { fixture } from "../kernel/fixtures.ts";
import { FakeDump } from "../libc/fake-netlink.ts";

let directory = "";
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-composition-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  fs.rmSync(directory, { recursive: true });
});

function tickingClock(): Clock {
  let atNs = 0;
  return { nowNs: () => (atNs += 10) };
}

/** Puts a `conntrack` of our own before all others on the PATH. */
function fakeConntrack(script: string): void {
  fs.writeFileSync(path.join(directory, "conntrack"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${directory}:${process.env["PATH"]}`);
}

function groupsOf(text: string): unknown {
  const counter = createCompositionCounter();
  counter.addChunk(text);
  return counter.finish().groups;
}

const dump = fixture("6.18", "conntrack-L");

test("counts what conntrack -L prints", async () => {
  fs.writeFileSync(path.join(directory, "dump"), dump);
  fakeConntrack(`[ "$*" = -L ] || exit 9\ncat '${directory}/dump'\necho 'conntrack v1.4.7: 11 flow entries have been shown.' >&2`);
  expect(await takeComposition({ clock: tickingClock(), libc: null, moment: "onset", namespace: null })).toEqual({ type: "composition", atNs: 10, tookNs: 10, moment: "onset", groups: groupsOf(dump) });
});

test("says why there is no composition when the command fails", async () => {
  fakeConntrack("echo 'conntrack v1.4.7: Operation failed: you must be root' >&2; exit 1");
  expect(await takeComposition({ clock: tickingClock(), libc: null, moment: "start", namespace: null })).toEqual({
    type: "composition-missing", atNs: 10, moment: "start", why: "needs root (CAP_NET_ADMIN)",
  });
});

test("passes on any other complaint as it is", async () => {
  fakeConntrack("echo 'conntrack v1.4.7: Operation failed: out of memory' >&2; exit 1");
  expect(await takeComposition({ clock: tickingClock(), libc: null, moment: "end", namespace: null })).toMatchObject({ why: "conntrack v1.4.7: Operation failed: out of memory" });
});

test("names the exit code of a command that fails without a word", async () => {
  fakeConntrack("exit 3");
  expect(await takeComposition({ clock: tickingClock(), libc: null, moment: "end", namespace: null })).toMatchObject({ type: "composition-missing", why: "conntrack -L ended with 3" });
});

test("reads /proc where the command is missing", async () => {
  const proc = fixture("6.18", "entries");
  vi.stubEnv("PATH", directory);
  const open = vi.spyOn(fs, "createReadStream").mockReturnValue(Readable.from([proc.slice(0, 100), proc.slice(100)]) as fs.ReadStream);
  expect(await takeComposition({ clock: tickingClock(), libc: null, moment: "end", namespace: null })).toMatchObject({ type: "composition", groups: groupsOf(proc) });
  expect(open).toHaveBeenCalledWith("/proc/net/nf_conntrack", "latin1");
});

test("says so when neither is there", async () => {
  vi.stubEnv("PATH", directory);
  const real = fs.createReadStream.bind(fs);
  vi.spyOn(fs, "createReadStream").mockImplementation(() => real(path.join(directory, "nf_conntrack")));
  const taken = await takeComposition({ clock: tickingClock(), libc: null, moment: "end", namespace: null });
  expect(taken).toMatchObject({ type: "composition-missing", moment: "end", why: expect.stringContaining("ENOENT") as string });
});

describe("a dump of ctnetlink's", () => {
  const parts = fixture("6.18", "dump").trim().split("\n").map((line) => Buffer.from(line, "base64"));

  test("is asked for once and counted", async () => {
    const libc = new FakeDump(parts);
    const taken = await takeComposition({ clock: tickingClock(), libc, moment: "onset", namespace: null });
    expect(taken).toMatchObject({ type: "composition", moment: "onset", groups: groupsOf(fixture("6.18", "dump-as-conntrack-L")) });
    expect(libc.asked).toEqual(["1400000001010103000000000000000000000000"]);
    expect(libc.closed).toHaveLength(1);
  });

  test.each([
    ["ends before its end", () => new FakeDump(parts.slice(0, 1))],
    ["is refused", () => new FakeDump([Buffer.from("14000000020000000000000000000000ffffffff", "hex")])],
  ])("that %s leaves it to conntrack -L", async (_, make) => {
    fakeConntrack("echo 'conntrack v1.4.7: Operation failed: you must be root' >&2; exit 1");
    const libc = make();
    expect(await takeComposition({ clock: tickingClock(), libc, moment: "end", namespace: null })).toMatchObject({ type: "composition-missing", why: "needs root (CAP_NET_ADMIN)" });
    expect(libc.closed).toHaveLength(1);
  });

  test("that takes too long is given up", async () => {
    const endless = new FakeDump(Array.from({ length: 100 }, () => parts[0] as Buffer));
    const clock = { nowNs: () => endless.received * 2e9 };
    expect(await takeComposition({ clock, libc: endless, moment: "end", namespace: null })).toMatchObject({
      type: "composition-missing", why: "counting the table took longer than 30 s",
    });
    expect(endless.received).toBe(16);
  });
});
