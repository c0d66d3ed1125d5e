/**
 * How many different flows have been opened after `elapsedS` seconds of `ratePps` new sockets a second, each on a
 * tuple drawn at random from `flowSpace`: N(t) = F (1 - exp(-R t / F)). Nothing has expired yet.
 *
 * Source: derivation (coupon collector, mean-field). A tuple drawn again is the same entry, refreshed.
 */
export function flowsOpened({
  flowSpace,
  ratePps,
  elapsedS,
}: {
  flowSpace: number;
  ratePps: number;
  elapsedS: number;
}): number {
  const drawn = ratePps * elapsedS;
  if (!(flowSpace > 0) || !(drawn > 0)) return 0;
  return -flowSpace * Math.expm1(-drawn / flowSpace);
}

/**
 * How many sockets it takes on average until `flows` different tuples have been drawn; Infinity where there are not so many.
 *
 * Source: `flowsOpened` solved for R t: -F ln(1 - E / F).
 */
export function socketsToOpen({ flowSpace, flows }: { flowSpace: number; flows: number }): number {
  if (flows <= 0) return 0;
  return flowSpace > flows ? -flowSpace * Math.log1p(-flows / flowSpace) : Number.POSITIVE_INFINITY;
}

/**
 * Seconds until `entriesFree` new entries exist, or null if that never happens.
 *
 * Source: `socketsToOpen` at a steady rate. A tuple is in the table if it was drawn within the
 * last `lifetimeS`, so the table only grows until the first entry expires and stays level from then on: it fills by
 * t <= lifetime or never. That is a little stricter than R x lifetime >= E (Little), as tuples repeat.
 *
 * @param lifetimeS as `effectiveLifetime` gives it
 */
export function timeToFillS({
  flowSpace,
  ratePps,
  entriesFree,
  lifetimeS,
}: {
  flowSpace: number;
  ratePps: number;
  entriesFree: number;
  lifetimeS: number;
}): number | null {
  if (entriesFree <= 0) return 0;
  if (!(ratePps > 0)) return null;
  const fillS = socketsToOpen({ flowSpace, flows: entriesFree }) / ratePps;
  return fillS <= lifetimeS ? fillS : null;
}

/**
 * Entries in the table when it neither grows nor shrinks: N = R x T.
 *
 * Source: Little's law. It holds where tuples do not repeat and no limit is met.
 *
 * @param lifetimeS as `effectiveLifetime` gives it
 */
export function littleOccupancy({ ratePps, lifetimeS }: { ratePps: number; lifetimeS: number }): number {
  return ratePps * lifetimeS;
}

/** How long an entry counts at most, in the unit of its timeout: once expired it is there until the collector comes, up to half the timeout later. */
export function effectiveLifetime(timeout: number): number {
  return 1.5 * timeout;
}
