/** The straight line that lies nearest to the points (least squares), and how much of their spread it explains. */
export interface LineFit {
  intercept: number;
  slope: number;
  /** R squared: 1 where every point lies on the line. */
  r2: number;
}

export function fitLine(points: readonly (readonly [x: number, y: number])[]): LineFit {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const slope = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / sum(points.map(([x]) => (x - meanX) ** 2));
  const intercept = meanY - slope * meanX;
  const missed = sum(points.map(([x, y]) => (y - intercept - slope * x) ** 2));
  return { intercept, slope, r2: 1 - missed / sum(points.map(([, y]) => (y - meanY) ** 2)) };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: number[]): number {
  return sum(values) / values.length;
}
