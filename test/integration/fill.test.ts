import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openRun } from "../../src/store/read-run.ts";
import type { EventRecord } from "../../src/store/event-records.ts";
import { describeLab } from "./capabilities.ts";
import { CLI, execute, parseSummary, scenarioFile, temporaryDirectory } from "./program.ts";

const LIST = "conntrack --dump -p udp 2>/dev/null | sed 's/^udp *17 *[0-9]* //; s/src=127.64[0-9.]* /src=CLIENT /; s/dst=127.64[0-9.]* /dst=CLIENT /; s/port=2[0-9]* /port=FILL /g; s/ mark.*//' | sort | uniq -c";

const scenario = (state: string): string => `
name: own
phases:
  - fill: { occupancy: 10%, state: ${state}, sources: 127.64.0.0/20 }
  - exec: { command: [sh, -c, "${LIST}"] }
  - exec: { command: [nft, list, tables] }
  - exec: { command: [dig, "@{resolver}", +tries=1, +time=2, +short, www.example.test] }
`;

/** `commands`: a directory whose commands take the place of others. */
async function run(state: string, commands = ""): Promise<{ fills: Extract<EventRecord, { type: "filled" }>[]; printed: string[]; entries: number }> {
  const results = temporaryDirectory();
  const file = scenarioFile(results, scenario(state));
  const { stdout, stderr } = await execute("env", [`PATH=${commands}:${process.env["PATH"]}`, process.execPath, CLI, "run", file, "--results", results, "--json", "--quiet"]);
  const { run: { id } } = parseSummary(stdout, stderr);
  const stored = openRun(path.join(results, id));
  const events: EventRecord[] = [];
  stored.events((event) => void events.push(event));
  const fills = events.filter((event) => event.type === "filled");
  return {
    fills,
    printed: events.flatMap((event) => (event.type === "exec" ? [event.stdout] : [])),
    entries: fills.reduce((sum, { flows }) => sum + flows, 0),
  };
}

/** An nft that knows no egress hook, as those of kernels before 5.16. */
function oldNft(): string {
  const directory = temporaryDirectory();
  const script = [
    "#!/bin/sh",
    "PATH=/usr/sbin:/sbin:/usr/bin:/bin",
    '[ "$1" = -f ] || exec nft "$@"',
    "rules=$(cat)",
    'case "$rules" in *egress*) echo "Error: unknown hook" >&2; exit 1;; esac',
    'echo "$rules" | exec nft "$@"',
  ];
  fs.writeFileSync(path.join(directory, "nft"), script.join("\n"), { mode: 0o755 });
  return directory;
}

describeLab("a fill that answers itself", () => {
  test.each([
    { state: "replied", egressHook: true },
    { state: "assured", egressHook: true },
    { state: "assured", egressHook: false },
  ])("begins each flow from the client's side, has it answered, and leaves the resolver as it was ($state, egress hook: $egressHook)", async ({ state, egressHook }) => {
    const { fills, printed: [listed = "", tables = "", answer = ""], entries } = await run(state, egressHook ? "" : oldNft());
    expect(fills).toHaveLength(2);
    for (const { flows, replied, confirmed, repaired, failed } of fills) {
      expect({ replied, confirmed, repaired, failed }).toEqual({ replied: flows, confirmed: state === "assured" ? flows : 0, repaired: 0, failed: {} });
    }
    expect(listed.trim().split("\n").map((line) => line.trim())).toEqual([
      `${entries} src=CLIENT dst=127.0.0.53 sport=FILL dport=53 src=127.0.0.53 dst=CLIENT sport=53 dport=FILL${state === "assured" ? " [ASSURED]" : ""}`,
    ]);
    expect(tables).not.toContain("dead_end");
    expect(tables.includes("tablefull_sent")).toBe(egressHook);
    expect(answer.trim()).toBe("192.0.2.1");
  });
});
