import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { errnoOf, UserError } from "../errors.ts";
import type { PageParts } from "../report/html/page.ts";

/** Reads what a page carries with it: uPlot as it is installed, and the page's script as it was built. */
export function readPageParts(): PageParts {
  const uplot = path.dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
  const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), "utf8");
  return {
    uplotScript: read(uplot, "dist", "uPlot.iife.min.js"),
    uplotStyle: read(uplot, "dist", "uPlot.min.css"),
    uplotLicence: read(uplot, "LICENSE"),
    pageScript: read(fileURLToPath(new URL("../report/html/browser/page.js", import.meta.url))),
  };
}

/** Writes a page to a file. Throws UserError, of the flag that names it, where that cannot be written. */
export function writePage(flag: string, file: string, text: string): void {
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`${flag}: cannot write ${file} (${errnoOf(error) ?? String(error)}); name a file in a directory that can be written`);
  }
}
