import type { Page } from "../page.ts";
import { wrap, wrapCommand } from "../style.ts";

/** A comment explains the commands below it; commands are kept so that they can be pasted. */
export function nextStep(line: string, { width, paint }: Page): string {
  if (!line.startsWith("# ")) return wrapCommand(line, { width, first: "  ", indent: "    " });
  return wrap(line, { width, first: "  ", indent: "  # " })
    .split("\n")
    .map((text) => paint("dim", text))
    .join("\n");
}
