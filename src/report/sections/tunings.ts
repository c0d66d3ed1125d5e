import type { Summary } from "../../analysis/summary.ts";
import { bullet } from "../page.ts";
import type { Page } from "../page.ts";

type Tuning = Summary["tunings"][number];

/** What each tuning changed, and what the kernel then did; empty without tunings. */
export function tuningLines({ tunings }: Summary, page: Page): string[] {
  return tunings.map(({ name, changes, effect }) => {
    const told = [...changes.map(changeText), ...(effect === null ? [] : [effect])];
    return bullet("*", "cyan", `${name}: ${told.join("; ")}`, page);
  });
}

/** A listing of rules is long, and stands in events.ndjson. */
function changeText({ what, from, to }: Tuning["changes"][number]): string {
  if (to.includes("\n")) return what;
  return from === null ? `${what} ${to}` : `${what} ${from} -> ${to}`;
}
