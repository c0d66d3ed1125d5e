import type { Summary } from "../../analysis/summary.ts";
import { tally } from "../../analysis/words.ts";
import { row } from "../page.ts";
import type { Page } from "../page.ts";

/** The table of the router; empty where there was none. */
export function routerLines({ router }: Summary, page: Page): string[] {
  if (router === null) return [];
  const full = router.full === null ? "" : router.full ? ": full" : ": it had room";
  return [
    row("table", `peak ${tally(router.peak)} of ${tally(router.max)}${full}`, page),
    row("drop", `${tally(router.drop)} packets over the load, silent for whoever sent them`, page),
  ];
}
