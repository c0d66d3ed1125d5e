import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeLab } from "../integration/capabilities.ts";
import { execute, ROOT, runScenario, scenarioFile, temporaryDirectory } from "../integration/program.ts";

/** Each measurement sends for this long: short enough that a table of 262,144 does not fill. */
const SECONDS = 0.6;
const ROUNDS = 5;
/** A ratio whose rounds spread wider than this, largest to smallest, is not told apart from noise. */
const NOISY = 1.5;

const CASES = [
  { strategy: "sweep", engine: "libc", threads: 1, goal: 0.95 },
  { strategy: "sweep", engine: "libc", threads: 2, goal: 0.95 },
  { strategy: "per-query", engine: "libc", threads: 1, goal: 0.9 },
  { strategy: "per-query", engine: "libc", threads: 2, goal: 0.9 },
  { strategy: "per-query", engine: "dgram", threads: 1, goal: null },
  { strategy: "pool", engine: "libc", threads: 1, goal: 0.85 },
  { strategy: "pool", engine: "libc", threads: 2, goal: 0.85 },
  { strategy: "pool", engine: "dgram", threads: 1, goal: null },
] as const;
type Case = (typeof CASES)[number];

/** A namespace as tablefull's own lab: loopback, the tracking rule, a resolver that never answers. */
const NAMESPACE = `
ip link set lo up
nft -f - <<'RULES'
table inet tablefull { chain output { type filter hook output priority 0; ct state new counter; }; }
RULES
"$1" dist/lab/resolvers/embedded/main.js 127.0.0.53 53 silent &
sleep 0.3
shift
"$@"
kill $!
`;

describeLab("senders against the same loop in C, in turns", () => {
  let ceiling: string;
  const rows: { of: Case; ours: number[]; c: number[] }[] = [];

  beforeAll(() => {
    ceiling = path.join(temporaryDirectory(), "ceiling");
    execFileSync("gcc", ["-O2", "-pthread", "-o", ceiling, path.join(ROOT, "test/bench/c/ceiling.c")]);
  });

  afterAll(() => {
    const lines = rows.map(({ of, ours, c }) => {
      const ratios = ours.map((pps, i) => pps / (c[i] ?? Number.NaN));
      const goal = of.goal === null ? "" : `goal ${of.goal}`;
      const noise = Math.max(...ratios) / Math.min(...ratios) > NOISY ? "noisy" : "";
      return [`${of.strategy} ${of.engine}`, `${of.threads}`, thousands(median(ours)), thousands(median(c)), median(ratios).toFixed(2), goal, noise];
    });
    const head = ["sender", "threads", "ours", "C", "ratio", "", ""];
    process.stdout.write(`\n${[head, ...lines].map((cells) => cells.map((cell) => cell.padEnd(17)).join("").trimEnd()).join("\n")}\n`);
    fs.mkdirSync(path.join(ROOT, "results/bench"), { recursive: true });
    fs.writeFileSync(path.join(ROOT, "results/bench/senders.json"), `${JSON.stringify({ seconds: SECONDS, rows }, null, 2)}\n`);
  });

  test.each(CASES)("$strategy, $engine, $threads", async (of) => {
    const row = { of, ours: [] as number[], c: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      row.ours.push(await measureOurs(of));
      row.c.push(await measureC(ceiling, of));
    }
    rows.push(row);
    expect(Math.min(...row.ours, ...row.c)).toBeGreaterThan(0);
  });
});

async function measureOurs({ strategy, engine, threads }: Case): Promise<number> {
  const results = temporaryDirectory();
  const load = `strategy: ${strategy}, engine: ${engine}, threads: ${threads}, sockets: 1000, duration: ${SECONDS * 1000}ms`;
  // Nobody answers, so queries are given up at once: what is measured is sending.
  const bounds = `timeout: ${strategy === "sweep" ? "50ms" : "1ms"}, outstanding: ${strategy === "sweep" ? 1_000_000 : 4000}`;
  const text = `name: bench\nlab: { resolver: silent }\nphases:\n  - load: { ${load}, ${bounds} }\n`;
  const { summary } = await runScenario(scenarioFile(results, text), "--results", results);
  return summary.sends.attempted / SECONDS;
}

async function measureC(ceiling: string, { strategy, threads }: Case): Promise<number> {
  const root = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const words = [process.execPath, ceiling, strategy, "127.0.0.53", "53", String(threads), String(SECONDS)];
  const { stdout, stderr } = await execute("unshare", [...root, "--net", "sh", "-c", NAMESPACE, "sh", ...words]);
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { sentPps: number }).sentPps;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function thousands(pps: number): string {
  return `${(pps / 1000).toFixed(0)}k/s`;
}
