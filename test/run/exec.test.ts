import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { MonotonicClock } from "../../src/clock.ts";
import { UserError } from "../../src/errors.ts";
import { execInLab } from "../../src/run/exec.ts";

const clock = new MonotonicClock(process.hrtime.bigint());
const LONG_MS = 20_000;

function exec(command: string[], { timeoutMs = LONG_MS, signal = new AbortController().signal } = {}) {
  return execInLab({ command, timeoutMs, signal, phase: 0, target: { address: "192.0.2.53", port: 5353 }, clock });
}

const sh = (script: string): string[] => ["sh", "-c", script];

/** Whether anything of the process group goes on; what is killed but not yet reaped does not. */
function goesOn(group: number): boolean {
  const { stdout } = spawnSync("ps", ["-eo", "pgid=,stat="], { encoding: "utf8" });
  return stdout.split("\n").some((line) => new RegExp(`^\\s*${group}\\s+[^Z]`).test(line));
}

describe("execInLab", () => {
  it("keeps what the program said and how it ended", async () => {
    const end = await exec(sh("echo {resolver}:{port}; echo oh >&2; exit 3"));
    expect(end).toMatchObject({ exitCode: 3, signal: null, stdout: "192.0.2.53:5353\n", stderr: "oh\n" });
  });

  it("does not wait for what the program left in the background", async () => {
    const end = await exec(sh("sleep 25 & echo $$"));
    expect(end).toMatchObject({ exitCode: 0, signal: null });
    expect(end.tookNs).toBeLessThan(LONG_MS * 1e6);
    process.kill(-Number(end.stdout), "SIGKILL");
  }, 30_000);

  it.each(["its timeout", "a stop"])("%s ends it with everything it started", async (way) => {
    const stop = new AbortController();
    const running = exec(sh("sleep 60 & echo $$; sleep 60"), way === "a stop" ? { signal: stop.signal } : { timeoutMs: 500 });
    if (way === "a stop") setTimeout(() => stop.abort(), 500);
    const end = await running;
    expect(end).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect(goesOn(Number(end.stdout))).toBe(false);
  }, 30_000);

  it("ends at once where the run was stopped before", async () => {
    expect(await exec(sh("sleep 60"), { signal: AbortSignal.abort() })).toMatchObject({ signal: "SIGKILL" });
  }, 30_000);

  it.each([
    [["/etc/passwd"], "exec: /etc/passwd cannot be started: permission denied"],
    [["/etc/passwd/x"], "exec: /etc/passwd/x cannot be started: a part of its path is not a directory"],
    [["true", "x".repeat(3_000_000)], "exec: true cannot be started: its words are too long"],
    [["no-such-program-anywhere"], "exec: no-such-program-anywhere is not installed in this machine's PATH"],
  ])("a program that cannot be started is the user's to mend: %.40j", async (command, message) => {
    await expect(exec(command)).rejects.toThrow(new UserError(message));
  });
});
