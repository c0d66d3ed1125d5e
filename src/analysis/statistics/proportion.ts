/** So many of so many: 7,676 of 10,000 sends. */
export interface Proportion {
  part: number;
  whole: number;
}

export interface Interval {
  low: number;
  high: number;
}

/** The 97.5 % point of the normal distribution. */
const Z = 1.959_964;

/**
 * The 95 % interval of a share that was counted; also good near 0 and 1. `whole` must be above 0.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
 */
export function wilsonInterval({ part, whole }: Proportion): Interval {
  const share = part / whole;
  const centre = share + Z ** 2 / (2 * whole);
  const reach = Z * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2));
  const scale = 1 + Z ** 2 / whole;
  return { low: Math.max(0, Math.min(share, (centre - reach) / scale)), high: Math.min(1, Math.max(share, (centre + reach) / scale)) };
}

/**
 * The 95 % interval of `other - base`, two shares that were counted apart.
 *
 * Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
 * methods", 1998, method 10.
 */
export function newcombeInterval(base: Proportion, other: Proportion): Interval {
  const [p, q] = [base.part / base.whole, other.part / other.whole];
  const [ofBase, ofOther] = [wilsonInterval(base), wilsonInterval(other)];
  return {
    low: q - p - Math.hypot(q - ofOther.low, ofBase.high - p),
    high: q - p + Math.hypot(ofOther.high - q, p - ofBase.low),
  };
}
