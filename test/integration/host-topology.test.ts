import { beforeAll, expect, test } from "vitest";
import { describeLab } from "./capabilities.ts";
import { CLI, execute, parseSummary, ROOT, scenarioFile, temporaryDirectory } from "./program.ts";

/** The machine of this test: a namespace of its own, with a resolver on loopback, and with or without a tracking rule. */
const MACHINE = `
ip link set lo up
[ "$1" = tracked ] && nft -f - <<'RULES'
table inet filter { chain output { type filter hook output priority 0; ct state new counter; }; }
RULES
shift
"$1" dist/lab/resolvers/embedded/main.js 127.0.0.1 5300 &
shift
sleep 0.5
"$@"
status=$?
kill $!
exit $status
`;

const SCENARIO = `
name: this-machine
lab: { topology: host }
phases:
  - load: { rate: 1000/s, duration: 1s }
`;

describeLab("topology host", () => {
  let results: string;
  beforeAll(() => void (results = temporaryDirectory()));

  async function onMachine(tracked: "tracked" | "untracked") {
    const program = [process.execPath, CLI, "run", scenarioFile(results, SCENARIO), "--target", "127.0.0.1:5300", "--json", "--quiet", "--results", results];
    const root = process.getuid?.() === 0;
    const unshare = [...(root ? [] : ["--user", "--map-root-user"]), "--net", "sh", "-c", MACHINE, "sh", tracked, process.execPath, ...program];
    const { code, stdout, stderr } = await execute("unshare", unshare, { cwd: ROOT });
    return { code, summary: parseSummary(stdout, stderr) };
  }

  test("sends on this machine as it is and reads its own table", async () => {
    const { code, summary } = await onMachine("tracked");
    expect(code).toBe(0);
    expect(summary.verdict.cause).toBe("healthy");
    expect(summary.sends.answered).toBeGreaterThan(900);
    expect(summary.table.peak).toBeGreaterThan(800);
  });

  test("says untracked where no rule needs conntrack, and how to add one", async () => {
    const { summary } = await onMachine("untracked");
    expect(summary.verdict.cause).toBe("untracked");
    expect(summary.verdict.next.join("\n")).toContain("nft add rule");
  });
});
