import { expect, test } from "vitest";
import { describeLab } from "./capabilities.ts";
import { CLI, execute, parseSummary, scenarioFile, temporaryDirectory } from "./program.ts";

/** Of which the load may have 136. */
const FEW_FILES = 200;

describeLab("a sweep over more ports than sockets may be open", () => {
  test("opens every flow once and gets every answer", async () => {
    const results = temporaryDirectory();
    const file = scenarioFile(results, `
name: few-sockets
phases:
  - load: { strategy: sweep, queries: 8000, outstanding: 200, threads: 2, sources: 127.64.0.0/29, ports: 20000-20999 }
`);
    const run = `ulimit -n ${FEW_FILES} && exec "$@"`;
    const { stdout, stderr } = await execute("sh", ["-c", run, "sh", process.execPath, CLI, "run", file, "--json", "--quiet", "--results", results]);
    const { sends, table, verdict } = parseSummary(stdout, stderr);
    expect(verdict.cause).toBe("healthy");
    expect(sends).toMatchObject({ attempted: 8000, sent: 8000, answered: 8000, failed: {} });
    expect(table.peak).toBe(8000);
  });
});
