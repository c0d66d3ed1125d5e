import type { PageParts } from "../../../src/report/html/page.ts";

/** Stands for what is installed and built. */
export const pageParts = (): PageParts => ({ uplotScript: "var uPlot;", uplotStyle: ".uplot{}", uplotLicence: "The MIT License", pageScript: "uPlot;" });
