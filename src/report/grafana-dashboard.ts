import { METRICS, type MetricKey } from "../analysis/metrics.ts";

/** A series of a panel: a PromQL expression and its name in the legend. */
interface Series {
  expr: string;
  legend: string;
}

interface Panel {
  title: string;
  description: string;
  kind: "stat" | "timeseries";
  unit: "percentunit" | "s" | "short" | "ops";
  series: Series[];
  /** From where on it is yellow and red. */
  thresholds?: [yellow: number, red: number];
  /** Of 24 columns, and rows. */
  width: number;
  height: number;
}

const SOURCE = { type: "prometheus", uid: "${datasource}" };
/** The series of a metric on the chosen machine. */
const of = (metric: MetricKey): string => `${METRICS[metric].name}{instance=~"$instance"}`;
/** Grafana chooses the interval so that it spans four scrapes. */
const perSecond = (metric: MetricKey): string => `rate(${of(metric)}[$__rate_interval])`;
const rate = (metric: MetricKey, legend: string): Series => ({ expr: perSecond(metric), legend: `${legend} {{instance}}` });

const PANELS: readonly Panel[] = [
  {
    title: "Occupancy", kind: "stat", unit: "percentunit", thresholds: [0.8, 0.95], width: 6, height: 5,
    description: "Entries as a share of nf_conntrack_max.",
    series: [{ expr: `${of("entries")} / ${of("limit")}`, legend: "{{instance}}" }],
  },
  {
    title: "Full in", kind: "stat", unit: "s", width: 6, height: 5,
    description: "At the growth of the last 5 minutes; nothing where the table does not grow.",
    series: [{ expr: `(${of("limit")} - ${of("entries")}) / (deriv(${of("entries")}[5m]) > 0)`, legend: "{{instance}}" }],
  },
  {
    title: "Dropped in 5 minutes", kind: "stat", unit: "short", thresholds: [1, 100], width: 6, height: 5,
    description: "Packets that needed an entry and got none.",
    series: [{ expr: `increase(${of("drops")}[5m])`, legend: "{{instance}}" }],
  },
  {
    title: "Entries for each bucket", kind: "stat", unit: "short", thresholds: [4, 16], width: 6, height: 5,
    description: "Each entry stands in two chains, and chains of more than 50 refuse new ones.",
    series: [{ expr: `${of("entries")} / ${of("buckets")}`, legend: "{{instance}}" }],
  },
  {
    title: "Table", kind: "timeseries", unit: "short", width: 12, height: 9,
    description: "Entries, and how many there may be.",
    series: [{ expr: of("entries"), legend: "entries {{instance}}" }, { expr: of("limit"), legend: "limit {{instance}}" }],
  },
  {
    title: "Growth", kind: "timeseries", unit: "ops", width: 12, height: 9,
    description: "Entries a second, over one minute.",
    series: [{ expr: `deriv(${of("entries")}[1m])`, legend: "{{instance}}" }],
  },
  {
    title: "What the table does to new flows", kind: "timeseries", unit: "ops", width: 12, height: 9,
    description: "A full table evicts (early drop) or drops; a clash is resolved or fails; a long chain refuses.",
    series: [rate("drops", "drop"), rate("earlyDrops", "early drop"), rate("insertFailed", "insert failed"), rate("chainTooLong", "chain too long"), rate("clashResolved", "clash resolved")],
  },
  {
    title: "Datagrams lost here", kind: "timeseries", unit: "ops", width: 12, height: 9,
    description: "Out discards beside drops: this namespace's own sends, and EPERM. Without drops: a rule or a queue.",
    series: [rate("outDiscards", "out discards"), rate("sendBuffer", "send buffer"), rate("receiveBuffer", "receive buffer")],
  },
  {
    title: "\"table full\" in the kernel log", kind: "timeseries", unit: "ops", width: 24, height: 6,
    description: "A lower bound: the kernel limits these lines.",
    series: [rate("tableFullLines", "lines")],
  },
];

const COLUMNS = 24;

/** A Grafana dashboard, to be imported as it is, on the metrics of `watch --prometheus`. */
export function grafanaDashboard(): object {
  let x = 0;
  let y = 0;
  const panels = PANELS.map((panel, index) => {
    if (x + panel.width > COLUMNS) {
      x = 0;
      y += PANELS[index - 1]?.height ?? 0;
    }
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    return panelOf(panel, { id: index + 1, gridPos });
  });
  return {
    title: "tablefull: connection tracking",
    uid: "tablefull-watch",
    tags: ["tablefull", "conntrack"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        {
          name: "instance", label: "Machine", type: "query", datasource: SOURCE, refresh: 2, multi: true, includeAll: true, allValue: ".*",
          query: { query: `label_values(${METRICS.entries.name}, instance)`, refId: "instance" },
        },
      ],
    },
    panels,
  };
}

function panelOf({ description, kind, series, thresholds, title, unit }: Panel, { gridPos, id }: { id: number; gridPos: object }): object {
  const steps = [{ color: "green", value: null }, ...(thresholds === undefined ? [] : [{ color: "yellow", value: thresholds[0] }, { color: "red", value: thresholds[1] }])];
  return {
    id,
    type: kind,
    title,
    description,
    datasource: SOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: kind === "stat" ? 0 : undefined, thresholds: { mode: "absolute", steps } }, overrides: [] },
    options: kind === "stat" ? { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "area" } : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: series.map(({ expr, legend }, index) => ({ refId: String.fromCodePoint(65 + index), datasource: SOURCE, expr, legendFormat: legend })),
  };
}
