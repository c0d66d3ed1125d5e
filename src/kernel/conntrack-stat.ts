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
  const bytes = Buffer.from(text);
  return createStatParser()(bytes, 0, bytes.length);
}

/**
 * Reads that file again and again, as bytes from `from` up to `end`: its header row, which stays the same, is looked at once.
 * What it gives holds until it reads again: a new array for each reading would take longer than the reading.
 */
export function createStatParser(): (text: Buffer, from: number, end: number) => ConntrackStat | null {
  let header: Buffer | null = null;
  let columns: readonly string[] = [];
  let entriesAt = -1;
  let room = new Uint32Array(0);
  let values = room;
  return (text, from, end) => {
    if (header === null || header.compare(text, from, Math.min(end, from + header.length)) !== 0) {
      header = null;
      const row = text.subarray(from, from + text.subarray(from, end).indexOf(NEWLINE) + 1);
      columns = row.toString().trim().split(/\s+/);
      entriesAt = columns.indexOf("entries");
      // Its values may look like a header (`deadbeef`), but only the header has this word.
      if (entriesAt < 0 || new Set(columns).size !== columns.length) return null;
      header = Buffer.from(row);
    }
    const most = Math.ceil((end - from) / 2);
    if (room.length < most) room = new Uint32Array(most);
    const found = hexNumbers(text, from + header.length, end, columns.length, room);
    if (found === 0) return null;
    if (values.buffer !== room.buffer || values.length !== found) values = room.subarray(0, found);
    return { columns, rows: found / columns.length, values, entries: values[entriesAt] as number };
  };
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** The value of a hexadecimal digit by its code, -1 for anything else. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase()));

/** Rows of `width` hexadecimal u32: how many values there are, 0 unless every row is whole. */
function hexNumbers(text: Uint8Array, from: number, end: number, width: number, room: Uint32Array): number {
  let found = 0;
  let inRow = 0;
  let digits = 0;
  let value = 0;
  for (let at = from; at <= end; at++) {
    const code = at < end ? (text[at] as number) : NEWLINE;
    const digit = HEX_DIGITS[code] as number;
    if (digit >= 0) {
      if (++digits > 8) return 0;
      value = (value << 4) | digit;
      continue;
    }
    if (code !== SPACE && code !== NEWLINE) return 0;
    if (digits > 0) {
      room[found++] = value;
      inRow++;
      digits = 0;
      value = 0;
    }
    if (code === NEWLINE) {
      if (inRow !== 0 && inRow !== width) return 0;
      inRow = 0;
    }
  }
  return found;
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
  let isCounter: boolean[] = [];
  let moved = new Float64Array(0);

  const begin = (reading: ConntrackStat): void => {
    const counters = counterColumns(reading.columns);
    for (const name of counters) if (!totals.has(name)) totals.set(name, 0);
    isCounter = reading.columns.map((column) => counters.includes(column));
    moved = new Float64Array(reading.columns.length);
    before = copyOf(reading);
  };

  return {
    add(reading) {
      if (before === null || !sameColumns(before.columns, reading.columns)) {
        begin(reading);
        return null;
      }
      addChanges(before.values, reading.values, moved.fill(0));
      let risen: Record<string, number> | null = null;
      for (let column = 0; column < moved.length; column++) {
        if (moved[column] === 0 || isCounter[column] !== true) continue;
        const name = reading.columns[column] as string;
        const total = (totals.get(name) ?? 0) + (moved[column] as number);
        totals.set(name, total);
        risen ??= {};
        risen[name] = total;
      }
      // A row that is missing now keeps its last values, so that what it counts meanwhile is found when it is back.
      if (reading.rows > before.rows) before = copyOf(reading);
      else before.values.set(reading.values);
      return risen;
    },
    totals: () => Object.fromEntries(totals),
  };
}

/** Adds up, column by column, how far the rows have moved that both have: nearly all values of a sample are those of the one before. */
function addChanges(before: Uint32Array, now: Uint32Array, moved: Float64Array): void {
  const shared = Math.min(before.length, now.length);
  for (let at = 0, column = 0; at < shared; at++) {
    if (now[at] !== before[at]) moved[column] = (moved[column] as number) + (((now[at] as number) - (before[at] as number)) >>> 0);
    if (++column === moved.length) column = 0;
  }
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((column, index) => column === b[index]));
}

function copyOf(reading: ConntrackStat): ConntrackStat {
  return { ...reading, values: reading.values.slice() };
}
