/** What a run can be told in (formats.ts), by name. */
export const FORMAT_NAMES = ["text", "html", "markdown", "json", "csv", "hgrm", "hlog", "junit", "dns-metrics"] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];
