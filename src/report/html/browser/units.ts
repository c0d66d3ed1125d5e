import type { Unit } from "../chart-spec.ts";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** A value with its unit, as exactly as anybody asks. */
export function written(value: number, unit: Unit): string {
  switch (unit) {
    case "s":
      return `${value.toFixed(3)} s`;
    case "ms":
      return `${Number(value.toPrecision(3))} ms`;
    case "share":
      return `${(value * 100).toFixed(value > 0.99 && value < 1 ? 2 : 1)} %`;
    case "tail":
      return percentile(value);
    case "/s":
      return `${value < 10 ? Number(value.toPrecision(2)) : whole.format(value)}/s`;
    case "entries":
      return whole.format(value);
    case "":
      return String(Number(value.toPrecision(3)));
  }
}

/** 1000 -> "99.9 %". */
function percentile(tail: number): string {
  const digits = Math.max(0, Math.ceil(Math.log10(tail)) - 2);
  return `${(100 * (1 - 1 / tail)).toFixed(digits)} %`;
}

/** A label of an axis: as short as can be read. */
export function label(value: number, unit: Unit, step: number): string {
  switch (unit) {
    case "s":
      return `${value.toFixed(step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0)} s`;
    case "share":
      return `${(value * 100).toFixed(step < 0.001 ? 2 : step < 0.01 ? 1 : 0)} %`;
    case "tail":
      return percentile(value);
    case "entries":
    case "/s":
      return value >= 10_000 && step >= 1000 ? compact.format(value).replace("K", "k") : whole.format(value);
    case "ms":
    case "":
      return String(Number(value.toPrecision(3)));
  }
}
