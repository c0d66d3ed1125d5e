import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../src/errors.ts";
import { type HostPaths, restoreHostValues, restoreLeftovers, setHostValues } from "../../src/lab/host-values.ts";

// The "kernel" is two files in a temporary directory. A spy on writeFileSync lets it round and refuse as the real one does.

const BUCKETS = "nf_conntrack_buckets";
const MAX = "nf_conntrack_max";

let paths: HostPaths = { netfilter: "", journal: "" };
beforeEach(() => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "tablefull-host-"));
  paths = { netfilter: path.join(root, "netfilter"), journal: path.join(root, "run", "tablefull", "host-values.json") };
  fs.mkdirSync(paths.netfilter);
  put(BUCKETS, 65_536);
  put(MAX, 262_144);
});
afterEach(() => {
  vi.restoreAllMocks();
  // What a test set is held in memory until it is restored.
  if (fs.existsSync(path.join(paths.netfilter, MAX))) restoreHostValues(paths);
  fs.rmSync(path.dirname(paths.netfilter), { recursive: true });
});

function put(file: string, value: number): void {
  fs.writeFileSync(path.join(paths.netfilter, file), `${value}\n`);
}

/** Buckets, then max, as they are now. */
function values(): number[] {
  return [BUCKETS, MAX].map((file) => Number(fs.readFileSync(path.join(paths.netfilter, file), "utf8")));
}

interface StoredJournal {
  pid: number;
  startTicks: string;
  values: Record<string, { before: number; set: number | null }>;
}

const journal = (): StoredJournal => JSON.parse(fs.readFileSync(paths.journal, "utf8")) as StoredJournal;

function leave(left: StoredJournal): void {
  fs.mkdirSync(path.dirname(paths.journal), { recursive: true });
  fs.writeFileSync(paths.journal, JSON.stringify(left));
}

/** What a write of this value leaves in the file, or the errno that refuses it. */
type Kernel = (file: string, value: number) => number | string;

function playKernel(kernel: Kernel): string[] {
  const written: string[] = [];
  const real = fs.writeFileSync.bind(fs);
  vi.spyOn(fs, "writeFileSync").mockImplementation((file, data, options) => {
    const name = path.basename(String(file));
    if (path.dirname(String(file)) !== paths.netfilter) return real(file, data, options);
    const taken = kernel(name, Number(data));
    written.push(`${name}=${Number(data)}`);
    if (typeof taken === "string") throw Object.assign(new Error(taken), { code: taken });
    real(file, `${taken}\n`);
  });
  return written;
}

const obedient: Kernel = (_file, value) => value;

/** The pid and start time of a process: proc(5), fields 1 and 22. */
function processOf(pid: number): { pid: number; startTicks: string } {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  return { pid, startTicks: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "" };
}

function deadPid(): number {
  return spawnSync("true").pid;
}

describe("setHostValues", () => {
  it("writes down first what was, then sets buckets before max", () => {
    const written = playKernel((file, value) => {
      const { values: known } = journal();
      expect(known[file === BUCKETS ? "buckets" : "max"]).toEqual({ before: file === BUCKETS ? 65_536 : 262_144, set: null });
      return value;
    });
    setHostValues({ max: 1_000_000, buckets: 262_144 }, paths);
    expect(written).toEqual([`${BUCKETS}=262144`, `${MAX}=1000000`]);
    expect(values()).toEqual([262_144, 1_000_000]);
    expect(journal()).toEqual({
      ...processOf(process.pid),
      values: { buckets: { before: 65_536, set: 262_144 }, max: { before: 262_144, set: 1_000_000 } },
    });
  });

  it("touches only what is wanted", () => {
    const written = playKernel(obedient);
    setHostValues({ max: 5_000 }, paths);
    expect(written).toEqual([`${MAX}=5000`]);
    expect(journal().values).toEqual({ max: { before: 262_144, set: 5_000 } });
  });

  it("leaves no journal when nothing is wanted", () => {
    setHostValues({}, paths);
    expect(fs.existsSync(paths.journal)).toBe(false);
  });

  it("accepts buckets that the kernel rounded up", () => {
    playKernel((file, value) => (file === BUCKETS ? Math.ceil(value / 512) * 512 : value));
    setHostValues({ buckets: 1_025 }, paths);
    expect(values()[0]).toBe(1_536);
    expect(journal().values["buckets"]).toEqual({ before: 65_536, set: 1_536 });
  });

  it.each<{ name: string; kernel: Kernel; message: string }>([
    { name: "a max that is not taken as it is", kernel: (file, value) => (file === MAX && value === 5_000 ? 6_000 : value), message: `the kernel did not take ${MAX} = 5000: it reads 6000` },
    { name: "buckets that become fewer", kernel: (file, value) => (file === BUCKETS && value === 2_048 ? 1_024 : value), message: `the kernel did not take ${BUCKETS} = 2048: it reads 1024` },
    { name: "a max that is refused", kernel: (file, value) => (file === MAX ? "EACCES" : value), message: `cannot set ${MAX} to 5000: EACCES; it needs root in the host's own network namespace` },
    { name: "buckets that are refused", kernel: (file, value) => (file === BUCKETS ? "EPERM" : value), message: `cannot set ${BUCKETS} to 2048: EPERM; it needs root in the host's own network namespace` },
  ])("restores the others and says so: $name", ({ kernel, message }) => {
    playKernel(kernel);
    expect(() => setHostValues({ buckets: 2_048, max: 5_000 }, paths)).toThrow(new UserError(message));
    expect(values()).toEqual([65_536, 262_144]);
    expect(fs.existsSync(paths.journal)).toBe(false);
  });

  it("changes nothing where a value cannot be read", () => {
    const written = playKernel(obedient);
    fs.rmSync(path.join(paths.netfilter, MAX));
    expect(() => setHostValues({ buckets: 2_048, max: 5_000 }, paths)).toThrow("ENOENT");
    expect([written, fs.existsSync(paths.journal)]).toEqual([[], false]);
  });

  it("refuses while another run holds the values", () => {
    const written = playKernel(obedient);
    leave({ ...processOf(process.ppid), values: { max: { before: 1, set: 2 } } });
    expect(() => setHostValues({ max: 5_000 }, paths)).toThrow(
      new UserError(`another run (pid ${process.ppid}) has changed host-wide values; wait for its end, or see \`tablefull restore\``),
    );
    expect(written).toEqual([]);
  });
});

describe("two runs that begin at once", () => {
  it("the second is refused though it saw no journal, and changes nothing", () => {
    const written = playKernel(obedient);
    const link = fs.linkSync.bind(fs);
    vi.spyOn(fs, "linkSync").mockImplementationOnce((from, to) => {
      leave({ ...processOf(process.ppid), values: { max: { before: 1, set: 2 } } });
      link(from, to);
    });
    expect(() => setHostValues({ max: 5_000 }, paths)).toThrow(`another run (pid ${process.ppid})`);
    expect([written, journal().pid]).toEqual([[], process.ppid]);
    expect(restoreHostValues(paths)).toEqual([]);
    expect(fs.readdirSync(path.dirname(paths.journal))).toEqual([path.basename(paths.journal)]);
  });
});

describe("restoreHostValues", () => {
  it("puts back what was, max before buckets, and forgets", () => {
    setHostValues({ buckets: 262_144, max: 1_000_000 }, paths);
    const written = playKernel(obedient);
    expect(restoreHostValues(paths)).toEqual([
      { name: MAX, value: 262_144, leftAlone: false },
      { name: BUCKETS, value: 65_536, leftAlone: false },
    ]);
    expect(written).toEqual([`${MAX}=262144`, `${BUCKETS}=65536`]);
    expect(values()).toEqual([65_536, 262_144]);
    expect(restoreHostValues(paths)).toEqual([]);
    expect(fs.readdirSync(path.dirname(paths.journal))).toEqual([]);
  });

  it("leaves alone what somebody else has changed meanwhile", () => {
    setHostValues({ buckets: 262_144, max: 1_000_000 }, paths);
    put(MAX, 777_777);
    expect(restoreHostValues(paths)).toEqual([
      { name: MAX, value: 777_777, leftAlone: true },
      { name: BUCKETS, value: 65_536, leftAlone: false },
    ]);
    expect(values()).toEqual([65_536, 777_777]);
  });

  it("has nothing to write where somebody else has restored already", () => {
    setHostValues({ max: 1_000_000 }, paths);
    put(MAX, 262_144);
    const written = playKernel(obedient);
    expect(restoreHostValues(paths)).toEqual([{ name: MAX, value: 262_144, leftAlone: false }]);
    expect(written).toEqual([]);
  });

  it("does nothing with the journal of another process, alive or dead", () => {
    for (const owner of [processOf(process.ppid), { pid: deadPid(), startTicks: "1" }, { pid: process.pid, startTicks: "1" }]) {
      leave({ ...owner, values: { max: { before: 1, set: 262_144 } } });
      expect(restoreHostValues(paths)).toEqual([]);
      expect(values()).toEqual([65_536, 262_144]);
      expect(journal().pid).toBe(owner.pid);
    }
  });

  it("does nothing where nothing was set", () => {
    expect(restoreHostValues(paths)).toEqual([]);
  });

  it("restores from memory, and says so, when the journal has vanished", () => {
    setHostValues({ max: 1_000_000 }, paths);
    fs.rmSync(paths.journal);
    expect(restoreHostValues(paths)).toEqual([{ name: MAX, value: 262_144, leftAlone: false, journalGone: true }]);
    expect(values()).toEqual([65_536, 262_144]);
  });

  it("restores what it set but leaves a journal that has become another run's, or nobody's", () => {
    for (const theirs of [JSON.stringify({ ...processOf(process.ppid), values: {} }), "{"]) {
      setHostValues({ max: 1_000_000 }, paths);
      fs.writeFileSync(paths.journal, theirs);
      expect(restoreHostValues(paths)).toEqual([{ name: MAX, value: 262_144, leftAlone: false }]);
      expect(fs.readFileSync(paths.journal, "utf8")).toBe(theirs);
      fs.rmSync(paths.journal);
    }
  });

  it("tries again where a value could not be put back", () => {
    setHostValues({ max: 1_000_000 }, paths);
    playKernel(() => "EIO");
    expect(() => restoreHostValues(paths)).toThrow(UserError);
    vi.restoreAllMocks();
    expect(restoreHostValues(paths)).toEqual([{ name: MAX, value: 262_144, leftAlone: false }]);
  });
});

describe("restoreLeftovers", () => {
  it("restores what a killed run left, also what it had not read back yet", () => {
    put(BUCKETS, 262_144);
    put(MAX, 1_000_000);
    leave({ pid: deadPid(), startTicks: "1", values: { buckets: { before: 65_536, set: 262_144 }, max: { before: 262_144, set: null } } });
    expect(restoreLeftovers(paths)).toEqual([
      { name: MAX, value: 262_144, leftAlone: false },
      { name: BUCKETS, value: 65_536, leftAlone: false },
    ]);
    expect(values()).toEqual([65_536, 262_144]);
    expect(fs.existsSync(paths.journal)).toBe(false);
  });

  it("is not deceived by a pid that is used again", () => {
    put(MAX, 1_000_000);
    leave({ pid: process.ppid, startTicks: "1", values: { max: { before: 262_144, set: 1_000_000 } } });
    expect(restoreLeftovers(paths)).toEqual([{ name: MAX, value: 262_144, leftAlone: false }]);
  });

  it("refuses while the run goes on", () => {
    put(MAX, 1_000_000);
    leave({ ...processOf(process.ppid), values: { max: { before: 262_144, set: 1_000_000 } } });
    expect(() => restoreLeftovers(paths)).toThrow(UserError);
    expect(() => restoreLeftovers(paths)).toThrow(`still goes on (pid ${process.ppid})`);
    expect(values()).toEqual([65_536, 1_000_000]);
    expect(fs.existsSync(paths.journal)).toBe(true);
  });

  it("advises to wait, or what its caller says", () => {
    leave({ ...processOf(process.ppid), values: {} });
    expect(() => restoreLeftovers(paths)).toThrow(/; wait for its end$/);
    expect(() => restoreLeftovers(paths, (pid) => `kill ${pid}`)).toThrow(new RegExp(`; kill ${process.ppid}$`));
  });

  it.each(["", "{", "null", '{"pid":1}', '{"pid":1,"startTicks":"1","values":{"max":{}}}'])("says of a damaged journal what to do: %j", (text) => {
    fs.mkdirSync(path.dirname(paths.journal), { recursive: true });
    fs.writeFileSync(paths.journal, text);
    expect(() => restoreLeftovers(paths)).toThrow(UserError);
    expect(() => restoreLeftovers(paths)).toThrow(`${paths.journal} is damaged; see that the values are as you want them`);
    expect(fs.existsSync(paths.journal)).toBe(true);
  });

  it("says that it needs root", () => {
    vi.spyOn(fs, "readFileSync").mockImplementation(() => {
      throw Object.assign(new Error(), { code: "EACCES" });
    });
    expect(() => restoreLeftovers(paths)).toThrow(new UserError(`cannot read the journal of host-wide values ${paths.journal}: EACCES; it needs root (sudo)`));
  });

  it("keeps the journal when a value cannot be put back", () => {
    put(MAX, 1_000_000);
    leave({ pid: deadPid(), startTicks: "1", values: { max: { before: 262_144, set: 1_000_000 } } });
    playKernel(() => "EACCES");
    expect(() => restoreLeftovers(paths)).toThrow(UserError);
    expect(fs.existsSync(paths.journal)).toBe(true);
  });

  it("has nothing to do without a journal, and says when it cannot be read", () => {
    expect(restoreLeftovers(paths)).toEqual([]);
    fs.mkdirSync(paths.journal, { recursive: true });
    expect(() => restoreLeftovers(paths)).toThrow(new UserError(`cannot read the journal of host-wide values ${paths.journal}: EISDIR`));
  });
});
