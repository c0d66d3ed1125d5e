/** A line of the kernel log about the table, or about lines that the kernel did not print. */
export type KernelLogLine = {
  /** Microseconds on CLOCK_MONOTONIC since boot; null where the text carries no time. */
  timestampUs: number | null;
  kind: "table-full" | "suppressed";
  /** `suppressed`: how many lines were not printed. */
  suppressed: number | null;
  /** The message alone, as the kernel wrote it. */
  line: string;
};

/** `priority,sequence,microseconds,flags[,more];message`: Documentation/ABI/testing/dev-kmsg. */
const RECORD = /^(\d{1,10}),(\d{1,20}),(\d{1,16}),[^;\n]{0,200};/;
/** `<4>[   12.345678] `, as in the text of dmesg and of syslog(2). */
const DMESG_PREFIX = /^(?:<\d{1,5}>)?\[ {0,12}(\d{1,10})\.(\d{1,6})\] ?/;
/**
 * `__nf_conntrack_alloc` of all generations: `ip_conntrack:` and a full stop (2.4, 2.6), the limit in brackets (vendor
 * kernels), the module's name twice (`pr_fmt`), the namespace's inode when it is not the first (6.18).
 */
const TABLE_FULL = /^(?:(?:nf|ip)_conntrack: ){1,2}table full(?: \(\d{1,20}\))?(?: in netns \d{1,20})?, dropping packet\.?$/;
/** `___ratelimit` in lib/ratelimit.c; shared by all network warnings. */
const SUPPRESSED = /^(?:net_ratelimit|__ratelimit|printk): (\d{1,10}) (?:callbacks|messages) suppressed\.?$/;

/**
 * Reads one record of /dev/kmsg (its continuation lines are ignored) or one line of dmesg. Null unless the kernel itself
 * says that the table is full, or that it suppressed network warnings.
 *
 * A lower bound, never a count: 10 lines in 5 s, for all network warnings together.
 */
export function parseKmsgRecord(text: string): KernelLogLine | null {
  const record = RECORD.exec(text);
  let timestampUs: number | null = null;
  let message = text;
  if (record !== null) {
    // Programs may write to /dev/kmsg too, but not with the kernel's own facility, 0.
    if (Number(record[1]) >> 3 !== 0) return null;
    timestampUs = Number(record[3]);
    message = text.slice(record[0].length);
  }
  const newline = message.indexOf("\n");
  if (newline >= 0) message = message.slice(0, newline);
  const prefix = DMESG_PREFIX.exec(message);
  if (prefix !== null) {
    timestampUs ??= Number(prefix[1]) * 1e6 + Number((prefix[2] ?? "").padEnd(6, "0"));
    message = message.slice(prefix[0].length);
  }
  const line = message.trimEnd();
  if (TABLE_FULL.test(line)) return { timestampUs, kind: "table-full", suppressed: null, line };
  const suppressed = SUPPRESSED.exec(line);
  if (suppressed === null) return null;
  return { timestampUs, kind: "suppressed", suppressed: Number(suppressed[1]), line };
}
