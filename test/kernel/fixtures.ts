import { readFileSync } from "node:fs";

/** Kernels whose texts are kept in test/fixtures/kernel. */
export const VERSIONS = ["2.6.32", "3.10", "4.19", "5.10", "6.1", "6.12", "6.18"] as const;
export type Version = (typeof VERSIONS)[number];

/** The text of one fixture. */
export function fixture(version: Version, name: string): string {
  return readFileSync(new URL(`../fixtures/kernel/${version}/${name}.txt`, import.meta.url), "utf8");
}
