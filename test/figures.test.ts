import { expect, test } from "vitest";
import { absolute, compared } from "./bench/figures.ts";

const growth = (values: number[]) => absolute({ figure: "growth", unit: "MiB/s", values, goal: { atMost: 1 } });

test.each<[number[], string]>([
  [[-0.24, 0.12, 2.6], "too noisy to tell"],
  [[0.9, 1.2, 1.3], "too noisy to tell"],
  [[0.1, 0.12, 0.14], "met"],
  [[1.1, 1.2, 1.3], "not met"],
  [[0.1, 0.11, 0.12, 0.12, 0.13, 0.14, 1.5], "met"],
])("%j against at most 1 is %s", (values, judgement) => {
  expect(growth(values).judgement).toBe(judgement);
});

test("the noise of a figure by itself is told by its values", () => {
  expect(growth([0.1, 0.12, 0.14, 0.16]).noise).toBeCloseTo(0.04 / 2 / 0.13);
  expect(growth([-1, 0, 1]).noise).toBeNull();
  expect(absolute({ figure: "x", unit: "s", values: [1, 2], goal: null }).judgement).toBeNull();
});

test("a reference that was measured once leaves the noise to the ratios", () => {
  const against = (values: number[]) => compared({ figure: "x", unit: "/s", values, reference: { name: "y", values: [1, 1, 1, 1] }, goal: { atLeast: 1 } });
  expect(against([1.5, 1.5, 1.5, 1.5])).toMatchObject({ noise: 0, judgement: "met" });
  expect(against([0.5, 1.5, 2.5, 5])).toMatchObject({ judgement: "too noisy to tell" });
});
