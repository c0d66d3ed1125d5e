/** One reading of /proc/net/stat/nf_conntrack. */
export type ConntrackStat = {
  /** Every column of the header row, in its order. */
  columns: readonly string[];
  /** One row for each possible CPU. */
  rows: number;
  /** Row after row, `columns.length` values each. */
  values: Uint32Array;
  /** Entries in the table of this namespace; the kernel repeats it in each row. */
  entries: number;
};

/**
 * Reads /proc/net/stat/nf_conntrack: a header row, then one row of hexadecimal u32 for each possible CPU. Null for
 * anything else, a cut-off row included.
 *
 * Source: `ct_cpu_seq_show` in net/netfilter/nf_conntrack_standalone.c.
 */
export function parseConntrackStat(text: string): ConntrackStat | null {
  const headerEnd = text.indexOf("\n");
  if (headerEnd < 0) return null;
  const columns = text.slice(0, headerEnd).trim().split(/\s+/);
  const entriesAt = columns.indexOf("entries");
  // Its values may look like a header (`deadbeef`), but only the header has this word.
  if (entriesAt < 0 || new Set(columns).size !== columns.length) return null;
  const values = hexNumbers(text, headerEnd + 1, columns.length);
  if (values === null) return null;
  return { columns, rows: values.length / columns.length, values, entries: values[entriesAt] ?? 0 };
}

/** Rows of `width` hexadecimal u32, or null unless every row is whole and there is at least one. */
function hexNumbers(text: string, from: number, width: number): Uint32Array | null {
  const room = new Uint32Array(Math.ceil((text.length - from) / 2) + 1);
  let found = 0;
  let inRow = 0;
  let digits = 0;
  let value = 0;
  for (let at = from; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : NEWLINE;
    if (code === SPACE || code === NEWLINE) {
      if (digits > 0) {
        room[found++] = value;
        inRow++;
        digits = 0;
        value = 0;
      }
      if (code === NEWLINE) {
        if (inRow !== 0 && inRow !== width) return null;
        inRow = 0;
      }
      continue;
    }
    const digit = hexDigit(code);
    if (digit < 0 || ++digits > 8) return null;
    value = value * 16 + digit;
  }
  return found === 0 ? null : room.slice(0, found);
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return -1;
}

/**
 * Printed as a literal 0 by every kernel that has `clashres` (5.10 and later, and what was ported back): the numbers
 * are gone, only their columns stay. Kernels 4.10 to 5.9 also print a 0 for `searched`, `new`, `delete` and
 * `delete_list`, but under the header of the kernels that did count them, so here they cannot be told apart.
 */
const NO_LONGER_COUNTED = new Set(["new", "ignore", "delete", "delete_list"]);

/** The columns that count something: not `entries`, a level, and not those that this generation only prints as 0. */
export function counterColumns(columns: readonly string[]): string[] {
  const gone = columns.includes("clashres");
  return columns.filter((column) => column !== "entries" && !(gone && NO_LONGER_COUNTED.has(column)));
}

/** What happened since the first reading, summed over the CPUs. */
export type StatAccumulator = {
  /**
   * Takes the next reading. Returns the columns that rose, as totals since the first reading, or null if none did.
   * The first reading, and a CPU's first row, count nothing: they only say where to count from.
   */
  add(reading: ConntrackStat): Record<string, number> | null;
  /** Every counter column that was seen, as totals since the first reading. */
  totals(): Record<string, number>;
};

/**
 * Adds up successive readings. The counters are u32 and wrap, each CPU's on its own, so the difference is taken row by
 * row, modulo 2^32: exact as long as no CPU counts 2^32 between two readings.
 */
export function createStatAccumulator(): StatAccumulator {
  const totals = new Map<string, number>();
  let before: ConntrackStat | null = null;
  let counters: { name: string; at: number }[] = [];

  const begin = (reading: ConntrackStat): void => {
    counters = counterColumns(reading.columns).map((name) => ({ name, at: reading.columns.indexOf(name) }));
    for (const { name } of counters) if (!totals.has(name)) totals.set(name, 0);
    before = reading;
  };

  return {
    add(reading) {
      if (before === null || !sameColumns(before.columns, reading.columns)) {
        begin(reading);
        return null;
      }
      const width = reading.columns.length;
      const shared = Math.min(before.rows, reading.rows);
      let risen: Record<string, number> | null = null;
      for (const { name, at } of counters) {
        let delta = 0;
        for (let row = 0; row < shared; row++) {
          const index = row * width + at;
          delta += ((reading.values[index] ?? 0) - (before.values[index] ?? 0)) >>> 0;
        }
        if (delta === 0) continue;
        const total = (totals.get(name) ?? 0) + delta;
        totals.set(name, total);
        risen ??= {};
        risen[name] = total;
      }
      before = keepMissingRows(before, reading);
      return risen;
    },
    totals: () => Object.fromEntries(totals),
  };
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((column, index) => column === b[index]);
}

/** A row that is missing now keeps its last values, so that what it counts meanwhile is found when it is back. */
function keepMissingRows(before: ConntrackStat, now: ConntrackStat): ConntrackStat {
  if (now.rows >= before.rows) return now;
  const values = before.values.slice();
  values.set(now.values);
  return { ...now, rows: before.rows, values };
}
