/**
 * Matches what was wanted in each slice of time with what was offered in it or in its neighbours, as much as can be. Both are
 * flows that one event adds to at two clocks a moment apart, so a comparison slice by slice would call a difference of
 * stamps unexplained, and a comparison of totals would let drops of one minute explain refusals of another.
 *
 * First in, first out is optimal here: the neighbourhoods move forward together, so what is taken from the oldest offer that
 * is still in reach cannot be missed later (maximum matching in a convex bipartite graph: Glover, 1967).
 *
 * @param reach how many slices an offer may lie before or after the want
 * @returns the part of each want that is matched, and the part of each offer that is left
 */
export function matchFlows({ wanted, offered, reach }: {
  wanted: readonly number[];
  offered: readonly number[];
  reach: number;
}): { matched: number[]; left: number[] } {
  const left = [...offered];
  let oldest = 0;
  const matched = wanted.map((want, slice) => {
    let open = want;
    oldest = Math.max(oldest, slice - reach);
    for (let at = oldest; at <= Math.min(left.length - 1, slice + reach) && open > 0; at += 1) {
      const taken = Math.min(open, left[at] ?? 0);
      left[at] = (left[at] ?? 0) - taken;
      open -= taken;
      if (left[at] === 0 && at === oldest) oldest += 1;
    }
    return want - open;
  });
  return { matched, left };
}
