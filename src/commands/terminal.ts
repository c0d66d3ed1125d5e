const FALLBACK_WIDTH = 80;

/** What a report may use of this standard output. */
export function reportStyle(): { color: boolean; width: number } {
  return { color: process.stdout.isTTY === true && !process.env["NO_COLOR"], width: Math.max(60, process.stdout.columns ?? FALLBACK_WIDTH) };
}
