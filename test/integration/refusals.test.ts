import path from "node:path";
import { expect, test, describe } from "vitest";
import { describeHost, describeLab } from "./capabilities.ts";
import { tableFullStory } from "../fixtures/runs/stories.ts";
import { storeRun } from "../fixtures/runs/story.ts";
import { CLI, execute, type Outcome, ROOT, scenarioFile, tablefull, temporaryDirectory, unprivileged } from "./program.ts";

function expectOneLine({ code, stdout, stderr }: Outcome): string {
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^tablefull: [^\n]+\n$/);
  return stderr.trim();
}

describe("bad input is refused before anything starts, in one line", () => {
  const file = (text: string): string => scenarioFile(temporaryDirectory(), text);

  test.each([
    ["an unknown key", "name: x\nabuot: y\nphases:\n  - rest: { duration: 1s }\n", /scenario\.yaml:2:1: .*abuot.*about/],
    ["a missing unit", "name: x\nphases:\n  - load: { duration: 5 }\n", /:3:23: .*duration.*5s/],
    ["a fill beyond the flow space", "name: x\nphases:\n  - fill: { occupancy: 50%, sources: 127.1.0.1 }\n", /:3:\d+: .*sources/],
    ["a target outside the lab", "name: x\nlab: { topology: host }\nphases:\n  - load: { rate: 10/s, duration: 1s }\n", /--target/],
  ])("%s", async (_, text, message) => {
    expect(expectOneLine(await tablefull("check", file(text)))).toMatch(message);
    expect(expectOneLine(await tablefull("run", file(text)))).toMatch(message);
  });

  test("too many sockets for this machine's limit", async () => {
    const text = "name: x\nphases:\n  - load: { strategy: pool, sockets: 900, duration: 1s }\n";
    const outcome = await execute("sh", ["-c", `ulimit -n 512; exec "${process.execPath}" "${CLI}" check "${file(text)}"`]);
    expect(expectOneLine(outcome)).toMatch(/:3:\d+: .*sockets.*\b448\b/);
  });

  test("a foreign address without leave", async () => {
    const host = file("name: x\nlab: { topology: host }\nphases:\n  - load: { rate: 10/s, duration: 1s }\n");
    expect(expectOneLine(await tablefull("check", host, "--target", "192.0.2.1:53"))).toContain("--allow-target");
  });

  test.each([
    [["run", "no-such-file.yaml"], "no-such-file.yaml"],
    [["fly"], "fly"],
    [[], "name a command"],
    [["run", "scenarios/kernel-defaults.yaml", "--rate", "fast"], "--rate"],
    [["run", "scenarios/kernel-defaults.yaml", "--target", "localhost"], "--target"],
    [["run", "scenarios/kernel-defaults.yaml", "--wings"], "wings"],
    [["report", "src"], "run.json"],
  ])("%j", async (words, message) => {
    expect(expectOneLine(await tablefull(...words))).toContain(message);
  });
});

describeLab("privileges", () => {
  test("a host-wide value without root names the way without root", async () => {
    const { prefix, cli, results, scenarios } = unprivileged();
    const [command = "", ...args] = prefix;
    const outcome = await execute(command, [...args, cli, "run", path.join(scenarios, "small-table.yaml"), "--results", results]);
    expect(expectOneLine(outcome)).toMatch(/small-table\.yaml:\d+:\d+: table\.max: .*needs root.*kernel-defaults\.yaml/);
  });

  test("where user namespaces are switched off, the setting is named", async () => {
    // A user namespace's own limit on namespaces below it is the same sysctl as the host's.
    const off = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"';
    const words = ["sh", process.execPath, CLI, "run", path.join(ROOT, "scenarios/kernel-defaults.yaml"), "--results", temporaryDirectory()];
    const outcome = await execute("unshare", ["--user", "--map-root-user", "sh", "-c", off, ...words]);
    expect(expectOneLine(outcome)).toContain("user.max_user_namespaces = 0");
  });
});

describeHost("a results directory that cannot be written", () => {
  test("is named", async () => {
    const outcome = await tablefull("run", path.join(ROOT, "scenarios/kernel-defaults.yaml"), "--results", "/proc/nowhere", "--quiet");
    expect(expectOneLine(outcome)).toContain("/proc/nowhere");
  });
});

describe("output that cannot be written", () => {
  const report = (to: string): Promise<Outcome> => {
    const directory = storeRun(temporaryDirectory(), tableFullStory());
    return execute("bash", ["-o", "pipefail", "-c", `"$0" "$1" report "$2" --format html ${to}`, process.execPath, CLI, directory]);
  };

  test("whoever reads may stop early", async () => {
    expect(await report("| head --bytes=20")).toEqual({ code: 0, stdout: "<!doctype html>\n<htm", stderr: "" });
  });

  test("a full disk is told in one line", async () => {
    expect(expectOneLine(await report("> /dev/full"))).toContain("standard output: ENOSPC");
  });
});
