import { CATALOGUE } from "../tuning/catalogue.ts";
import { row } from "./page.ts";
import { painter, wrap } from "./style.ts";

/** Every tuning: what it is, what it changes, its trap, its cost, and where the kernel does it. Returns the text; prints nothing. */
export function renderTunings({ color, width }: { color: boolean; width: number }): string {
  const paint = painter(color);
  const page = { width, paint };
  const blocks = Object.entries(CATALOGUE).map(([name, { summary, changes, trap, cost, source }]) =>
    [
      paint("bold", name),
      wrap(summary, { width, first: "  ", indent: "  " }),
      row("changes", changes, page),
      row("trap", trap, page),
      row("cost", cost, page),
      row("kernel", source, page),
    ].join("\n"),
  );
  const use = "Use: tunings: [notrack] in a scenario, or --tuning NAME[,NAME] of run, check and predict.";
  return `${[...blocks, wrap(use, { width, first: "", indent: "" })].join("\n\n")}\n`;
}
