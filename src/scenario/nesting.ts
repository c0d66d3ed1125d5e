const MOST_OPEN = 64;
const DASHES_IN_A_ROW = /^[ \t]*(?:[-?:][ \t]+){64}/m;

/**
 * Whether YAML text nests so deeply that the parser, which recurses, might exhaust the stack. Counts brackets
 * wherever they stand, comments included: no scenario leaves 64 of them open.
 */
export function isTooDeep(text: string): boolean {
  let open = 0;
  for (const char of text) {
    if (char === "[" || char === "{") open++;
    else if ((char === "]" || char === "}") && open > 0) open--;
    if (open > MOST_OPEN) return true;
  }
  return DASHES_IN_A_ROW.test(text);
}
