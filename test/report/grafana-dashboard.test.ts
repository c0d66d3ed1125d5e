import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, test } from "vitest";
import { METRICS } from "../../src/analysis/metrics.ts";
import { grafanaDashboard } from "../../src/report/grafana-dashboard.ts";

interface Dashboard {
  panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string; refId: string }[] }[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}

const { panels, templating } = JSON.parse(JSON.stringify(grafanaDashboard())) as Dashboard;
const expressions = panels.flatMap(({ targets, title }) => targets.map(({ expr }) => ({ expr, title })));
const served = new Set<string>(Object.values(METRICS).map(({ name }) => name));

/** The metrics that a PromQL expression selects, by Prometheus' own grammar; throws where it is none. */
function metricsOf(expr: string): string[] {
  // Grafana puts these in before it asks.
  const asked = expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*");
  const names: string[] = [];
  parser.parse(asked).iterate({
    enter({ from, name, to, type }) {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${asked}`);
      if (name === "Identifier") names.push(asked.slice(from, to));
    },
  });
  return names;
}

test.each(expressions)("$title: $expr is PromQL on metrics that are served", ({ expr }) => {
  const names = metricsOf(expr);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !served.has(name))).toEqual([]);
});

test("what is no PromQL is found out", () => {
  expect(() => metricsOf("rate(tablefull_conntrack_entries[1m]")).toThrow("not PromQL");
});

test("every metric has its place", () => {
  const shown = new Set(expressions.flatMap(({ expr }) => metricsOf(expr)));
  expect([...served].filter((name) => !shown.has(name))).toEqual([]);
});

test("a rate is of a counter, a slope of a gauge", () => {
  const counters = new Set<string>(Object.values(METRICS).filter(({ kind }) => kind === "counter").map(({ name }) => name));
  for (const { expr } of expressions) {
    for (const [, name = ""] of expr.matchAll(/(?:rate|increase)\((\w+)/g)) expect(counters).toContain(name);
    for (const [, name = ""] of expr.matchAll(/deriv\((\w+)/g)) expect(counters).not.toContain(name);
  }
});

test("variables ask for a metric that is served", () => {
  const [, instance] = templating.list;
  expect(instance?.query).toEqual({ query: "label_values(tablefull_conntrack_entries, instance)", refId: "instance" });
});

describe("panels", () => {
  test("have ids of their own, and letters for their series", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { targets } of panels) expect(targets.map(({ refId }) => refId)).toEqual(["A", "B", "C", "D", "E"].slice(0, targets.length));
  });

  test("do not overlap, and fit in 24 columns", () => {
    const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) => Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { w, x } }) => x + w))).toBe(24);
  });
});
