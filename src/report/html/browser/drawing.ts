import type UPlot from "uplot";
import type { ChartSpec } from "../chart-spec.ts";

declare const uPlot: typeof UPlot;

/** A colour of the page as it is now: on a light screen, a dark one, or paper. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Phases behind the data: two tints in turns, the name of each above it. */
export function drawBands(u: UPlot, { bands, labelled }: ChartSpec): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const [index, { from, label: words, to }] of bands.entries()) {
    const left = Math.max(bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
    if (right <= left) continue;
    ctx.fillStyle = colour(index % 2 === bands.length % 2 ? "band" : "band-2");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = colour("line");
    ctx.fillRect(left, bbox.top, ratio, bbox.height);
    ctx.fillStyle = colour("soft");
    if (labelled && ctx.measureText(words).width < right - left) ctx.fillText(words, left, bbox.top - 3 * ratio);
  }
  ctx.restore();
}

/** The mark of a series at each of its points that are in view. */
export function pointPaths(mark: string): UPlot.Series.Points.PathBuilder {
  return (u, series, first, last) => {
    const all = new Path2D();
    const one = new Path2D(mark);
    const ratio = uPlot.pxRatio;
    for (let row = first; row <= last; row++) {
      const [x, y] = [u.data[0][row], u.data[series]?.[row]];
      if (x == null || y == null) continue;
      all.addPath(one, new DOMMatrix([ratio, 0, 0, ratio, u.valToPos(x, "x", true), u.valToPos(y, "y", true)]));
    }
    const { height, left, top, width } = u.bbox;
    const margin = 5 * ratio;
    const clip = new Path2D();
    clip.rect(left - margin, top - margin, width + 2 * margin, height + 2 * margin);
    return { stroke: all, fill: all, clip, flags: 3 };
  };
}

/** The onset across the data, and strokes at the bottom. */
export function drawMarks(u: UPlot, { labelled, marks, ticks }: ChartSpec): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.fillStyle = colour("soft");
  for (const at of ticks) {
    const x = u.valToPos(at, "x", true);
    if (x >= bbox.left && x <= right) ctx.fillRect(x - ratio / 2, bbox.top + bbox.height - 8 * ratio, ratio, 8 * ratio);
  }
  ctx.fillStyle = colour("ink");
  for (const { at, label: words } of marks) {
    const x = u.valToPos(at, "x", true);
    if (x < bbox.left || x > right) continue;
    ctx.fillRect(x - ratio / 2, bbox.top, 1.5 * ratio, bbox.height);
    if (!labelled) continue;
    const width = ctx.measureText(words).width;
    const beside = x + 6 * ratio + width < right ? x + 6 * ratio : x - 6 * ratio - width;
    ctx.fillText(words, beside, bbox.top + bbox.height - 14 * ratio);
  }
  ctx.restore();
}
