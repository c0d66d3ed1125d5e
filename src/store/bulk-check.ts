import type { SampleRecord, TickRecord } from "./records.ts";

/**
 * Ticks and samples come by the hundred thousand; everything else by the dozen. Their shapes are therefore
 * checked by hand, each record in full: zod takes over 1 µs a record and copies it, nearly a second more for a run of
 * an hour. A property test holds these checks to record-schemas.ts.
 */
export function isTick(value: Fields): value is Fields & TickRecord {
  return (
    value["type"] === "tick" &&
    Number.isSafeInteger(value["phase"]) &&
    Number.isSafeInteger(value["thread"]) &&
    typeof value["atNs"] === "number" &&
    Number.isSafeInteger(value["attempted"]) &&
    Number.isSafeInteger(value["sent"]) &&
    isCounts(value["failed"]) &&
    isCounts(value["answered"]) &&
    Number.isSafeInteger(value["unanswered"]) &&
    Number.isSafeInteger(value["late"]) &&
    Number.isSafeInteger(value["stray"]) &&
    Number.isSafeInteger(value["outstanding"]) &&
    Number.isSafeInteger(value["behind"]) &&
    (value["latenciesUs"] === undefined || isCounts(value["latenciesUs"])) &&
    (value["strays"] === undefined || isCounts(value["strays"])) &&
    (value["icmp"] === undefined || isCounts(value["icmp"])) &&
    isCountIfGiven(value["retries"]) &&
    isCountIfGiven(value["recovered"]) &&
    isCountIfGiven(value["gaveUp"]) &&
    isCountIfGiven(value["planned"]) &&
    isCountIfGiven(value["dropped"])
  );
}

/** As `isTick`, for one sample of the kernel. */
export function isSample(value: Fields): value is Fields & SampleRecord {
  return (
    value["type"] === "sample" &&
    typeof value["atNs"] === "number" &&
    isKnown(value["count"]) &&
    isKnown(value["max"]) &&
    (value["stat"] === undefined || isCounts(value["stat"])) &&
    (value["net"] === undefined || isCounts(value["net"]))
  );
}

/** A JSON object, its fields not yet checked. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCountIfGiven(value: unknown): boolean {
  return value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0);
}

function isKnown(value: unknown): boolean {
  return value === null || Number.isSafeInteger(value);
}

function isCounts(value: unknown): boolean {
  if (!isFields(value)) return false;
  for (const name in value) {
    const count = value[name];
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) return false;
  }
  return true;
}
