import type { Change } from "./tuning.ts";

/** Every value that differs between two plain objects of the same shape, by its path: `phases[1].strategy`. */
export function differences(before: unknown, after: unknown, path = ""): Change[] {
  if (Object.is(before, after)) return [];
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) return [{ what: path, from: before == null ? null : textOf(before), to: textOf(after) }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], Array.isArray(after) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`));
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
