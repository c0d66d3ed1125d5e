/** Made for the first number that is written: until then nobody waits for Intl. */
let whole: Intl.NumberFormat | undefined;

/** 262144 -> "262,144"; null -> "unknown". */
export function tally(value: number | null): string {
  if (value === null) return "unknown";
  whole ??= new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  return whole.format(value);
}

/** 0.7294 -> "72.9 %", 25.684 -> "2,568 %". Never rounds something to nothing, nor nearly everything to everything. */
export function percent(share: number | null): string {
  if (share === null) return "unknown";
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share >= 0.9995) return "99.9 %";
  return share < 10 ? `${(share * 100).toFixed(1)} %` : `${tally(share * 100)} %`;
}

/** A share as the most that there was: "0.1 %" where `percent` says "< 0.1 %". */
export function atMost(share: number | null): string {
  return percent(share).replace("< ", "");
}

/** Nanoseconds as seconds: "4.712 s". */
export function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(3)} s`;
}

/** 1 -> "1 send", 2 -> "2 sends"; `many` for a noun that takes more than an s. */
export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${tally(value)} ${value === 1 ? noun : many}`;
}
