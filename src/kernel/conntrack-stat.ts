import { ofTheSameText } from "./same-text.ts";

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
  const columns = columnsOf(text.slice(0, headerEnd));
  if (columns === null) return null;
  const values = hexNumbers(text.slice(headerEnd + 1), columns.length);
  if (values === null) return null;
  return { columns, rows: values.length / columns.length, values, entries: values[columns.indexOf("entries")] ?? 0 };
}

/** A header row's columns; null for another row. Its values may look like a header (`deadbeef`), but only the header has the word `entries`. */
const columnsOf = ofTheSameText((header: string): readonly string[] | null => {
  const columns = header.trim().split(BLANKS);
  return columns.includes("entries") && new Set(columns).size === columns.length ? columns : null;
});

/**
 * Rows of `width` hexadecimal u32, or null unless every row is whole and there is at least one. Split by the engine and not by a loop of
 * ours: an observer reads too seldom for the loop to be compiled.
 */
function hexNumbers(text: string, width: number): Uint32Array | null {
  if (!HEX_WORDS.test(text)) return null;
  const rows = text.split("\n").map((row) => row.trim()).filter((row) => row !== "").map((row) => row.split(BLANKS));
  if (rows.length === 0 || rows.some((row) => row.length !== width)) return null;
  return Uint32Array.from(rows.flat(), (word) => Number.parseInt(word, 16));
}

const BLANKS = / +/;
const HEX_WORDS = /^(?:[ \n]|\b[0-9a-f]{1,8}\b)*$/i;

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
