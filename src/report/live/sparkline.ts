const LEVELS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * One column a value, `rows` lines from the top down. Only zero and what is unknown stay blank: anything above shows, however
 * little. `top` is the value of a full column.
 */
export function sparkline(values: readonly (number | null)[], { top, rows }: { top: number; rows: number }): string[] {
  const eighths = values.map((value) => (value === null || value <= 0 || top <= 0 ? 0 : Math.min(rows * 8, Math.max(1, Math.round((value / top) * rows * 8)))));
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * 8;
    return eighths.map((height) => LEVELS[Math.min(8, Math.max(0, height - below))]).join("");
  });
}
