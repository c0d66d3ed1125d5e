import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeLab } from "./capabilities.ts";
import { runScenario, scenarioFile, temporaryDirectory } from "./program.ts";

const QUERIES = 3000;

describeLab("sockets of many queries, in a table that fills up", () => {
  afterEach(() => void vi.unstubAllEnvs());

  describe.each([{ calls: "entered together", noRing: "" }, { calls: "one by one", noRing: "1" }])("$calls", ({ noRing }) => {
    beforeEach(() => void vi.stubEnv("TABLEFULL_NO_IO_URING", noRing));

    test.each([
      { strategy: "per-query", more: "sources: 127.64.0.0/24" },
      { strategy: "per-query", more: "retry: { on: EPERM, times: 1, wait: 1ms }" },
      { strategy: "pool", more: "sockets: 1000" },
      { strategy: "sweep", more: "sources: 127.64.0.0/24" },
    ])("$strategy, $more: each EPERM is a counted drop, and what was sent has left", async ({ strategy, more }) => {
      const { code, summary } = await runScenario(scenarioFile(temporaryDirectory(), `
name: socket-calls
expect: table-full
phases:
  - fill: { by: insertion, occupancy: 99.9%, entries: [{ protocol: tcp, state: established, assured: true, timeout: 1h }] }
  - load: { strategy: ${strategy}, engine: libc, threads: 2, queries: ${QUERIES}, ${more} }
`), "--results", temporaryDirectory());
      expect(code).toBe(0);
      const { attribution, sends } = summary;
      const refused = sends.failed["EPERM"] ?? 0;
      expect(refused).toBeGreaterThan(QUERIES / 4);
      expect(sends.sent).toBeGreaterThan(0);
      expect(sends).toMatchObject({ failed: { EPERM: refused }, attempted: sends.sent + refused });
      // A reply whose entry was evicted meanwhile is dropped too.
      expect(attribution).toMatchObject({ eperm: refused, drop: refused + sends.unanswered });
      expect(summary.verdict.evidence.join("\n")).toContain(`the kernel saw ${sends.sent.toLocaleString("en")} packets leave`);
    });
  });
});
