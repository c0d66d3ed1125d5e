import { describe, expect, test } from "vitest";
import { ThresholdWatch } from "../../../src/analysis/thresholds/live.ts";
import type { KernelRecord } from "../../../src/store/records.ts";
import { aTick, SECOND } from "../../fixtures/runs/story.ts";
import { refused } from "../../fixtures/runs/stories.ts";
import { aThreshold } from "../../fixtures/thresholds.ts";

const abort = { abortOnFail: true };
const sample = (count: number | null, max: number | null): KernelRecord => ({ type: "sample", atNs: 1, count, max });
const tick = (atS: number, attempted: number, eperm = 0, answered = attempted - eperm) =>
  aTick({ atNs: atS * SECOND, attempted, sent: attempted - eperm, failed: { EPERM: eperm }, answered: { NOERROR: answered } });

function watching(...thresholds: Parameters<typeof aThreshold>[]): ThresholdWatch {
  const watch = new ThresholdWatch(thresholds.map((words) => aThreshold(...words)));
  watch.beginLoad(10 * SECOND);
  return watch;
}

describe("ThresholdWatch", () => {
  test("tells the share of the whole load, not of the last records", () => {
    const watch = watching(["eperm_share", "rate<0.1", abort]);
    expect(watch.addSenders([tick(10.1, 1000)])).toBeNull();
    expect(watch.addSenders([tick(10.2, 100, 99)])).toBeNull();
    expect(watch.addSenders([tick(10.3, 100, 100)])).toBe("the threshold eperm_share: rate<0.1 was crossed, at 0.1658");
  });

  test("a threshold without abortOnFail ends nothing", () => {
    expect(watching(["eperm_share", "rate<0.1"]).addSenders([tick(10.1, 10, 10)])).toBeNull();
  });

  test("waits for delayAbortEval of the load", () => {
    const watch = watching(["eperm_share", "rate<0.1", { ...abort, delayAbortEvalMs: 500 }]);
    expect(watch.addSenders([tick(10.4, 10, 10)])).toBeNull();
    expect(watch.addSenders([tick(10.5, 10, 10)])).not.toBeNull();
  });

  test("time between two loads is not load", () => {
    const watch = watching(["answered", "rate>100", abort]);
    expect(watch.addSenders([tick(11, 200)])).toBeNull();
    watch.beginLoad(60 * SECOND);
    expect(watch.addSenders([tick(60.9, 50)])).toBeNull();
    expect(watch.addSenders([tick(63, 0)])).toBe("the threshold answered: rate>100 was crossed, at 62.5");
  });

  test("a count that can still be reached is not crossed, one that must not be exceeded is", () => {
    const watch = watching(["answered", "count>100", abort], ["answered", "count<50", abort]);
    expect(watch.addSenders([tick(10.1, 40)])).toBeNull();
    expect(watch.addSenders([tick(10.2, 10)])).toContain("answered: count<50");
  });

  test("the onset is the first EPERM, as a failure or in a tick", () => {
    expect(watching(["onset", "value>200", abort]).addSenders([{ ...refused, atNs: 10.15 * SECOND }, tick(10.3, 10, 1)])).toContain("at 150");
    expect(watching(["onset", "value>200", abort]).addSenders([tick(10.1, 10, 1)])).toContain("at 100");
    expect(watching(["onset", "value>200", abort]).addSenders([tick(10.1, 10), tick(10.5, 10, 5)])).toBeNull();
  });

  test("occupancy is that of any sample, also before the load", () => {
    const watch = new ThresholdWatch([aThreshold("peak_occupancy", "rate<0.9", abort)]);
    expect(watch.addKernel([sample(null, 100), sample(89, 100), sample(1, 0)])).toBeNull();
    expect(watch.addKernel([sample(90, 100)])).toBe("the threshold peak_occupancy: rate<0.9 was crossed, at 0.9");
  });
});
