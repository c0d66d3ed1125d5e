import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BROWSER } from "../entry-points.ts";
import { errnoOf, UserError } from "../errors.ts";
import type { PageParts } from "../report/html/page.ts";

/** What the page's script is made of, each after those that it imports. No two of them give anything the same name. */
const PAGE_MODULES = ["units", "drawing", "options", "page"] as const;

/** Reads what a page carries with it: uPlot as it is installed, and the page's script as it was built. */
export function readPageParts(): PageParts {
  const uplot = path.dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
  const browser = fileURLToPath(BROWSER);
  const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), "utf8");
  return {
    uplotScript: read(uplot, "dist", "uPlot.iife.min.js"),
    uplotStyle: read(uplot, "dist", "uPlot.min.css"),
    uplotLicence: read(uplot, "LICENSE"),
    pageScript: PAGE_MODULES.map((name) => withoutLinks(read(browser, `${name}.js`))).join("\n"),
  };
}

/** A module as a part of one script: a page has nowhere to import from. */
function withoutLinks(script: string): string {
  return script.replaceAll(/^import .*;$/gm, "").replaceAll(/^export /gm, "");
}

/** Writes a page to a file. Throws UserError, of the flag that names it, where that cannot be written. */
export function writePage(flag: string, file: string, text: string): void {
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`${flag}: cannot write ${file} (${errnoOf(error) ?? String(error)}); name a file in a directory that can be written`);
  }
}
