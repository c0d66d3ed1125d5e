import { BOUNDS } from "./bounds.ts";

/** A value read from text, or one line that says what is wrong with the text and what to write instead. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; error: string };

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const NUMBER = /^\d+(\.\d+)?$/;

/** Text from a person, fit for one line of a message: quoted, without control characters, short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** `5s`, `200ms`, `1.5m`, `1h` to milliseconds (kept to the microsecond). */
export function parseDuration(text: string): Parsed<number> {
  if (NUMBER.test(text)) return wrong(`${text} has no unit; write ${text}s or ${text}ms`);
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (!found) return wrong(`${quote(text)} is not a duration; write for example 5s, 200ms or 1m`);
  const ms = Number(found[1]) * MS_PER_UNIT[found[2] as keyof typeof MS_PER_UNIT];
  if (!Number.isFinite(ms)) return wrong(`${quote(text)} is too long; write for example 5s`);
  return right(Math.round(ms * 1_000) / 1_000);
}

/** `2000/s`, `50k/s` to queries per second; `unlimited` to null. */
export function parseRate(text: string): Parsed<number | null> {
  if (text === "unlimited") return right(null);
  if (/^\d+(\.\d+)?k?$/.test(text)) return wrong(`${text} has no unit; write ${text}/s`);
  const found = /^(\d+(?:\.\d+)?)(k?)\/s$/.exec(text);
  if (!found) return wrong(`${quote(text)} is not a rate; write for example 2000/s, 50k/s or unlimited`);
  const pps = Number(found[1]) * (found[2] === "k" ? 1_000 : 1);
  if (pps === 0) return wrong(`${text} sends nothing; write a rate above 0/s, or unlimited`);
  if (pps > BOUNDS.ratePps) return wrong(`${quote(text)} is more than 2000k/s; write at most 2000k/s, or unlimited`);
  return right(pps);
}

/** As `parseRate`, where a number is needed. */
export function parseFiniteRate(text: string): Parsed<number> {
  const parsed = parseRate(text);
  if (!parsed.ok) return wrong(parsed.error.replace(", or unlimited", "").replace(", 50k/s or unlimited", " or 50k/s"));
  return parsed.value === null ? wrong("unlimited is no number; write for example 2000/s") : right(parsed.value);
}

/** The same for a rate that a shape passes through: 0/s is a pause. */
export function parseShapeRate(text: string): Parsed<number> {
  return /^0+(\.0+)?k?\/s$/.test(text) ? right(0) : parseFiniteRate(text);
}

/** `99.5%` to 0.995; from 0% to 100%. */
export function parseShare(text: string): Parsed<number> {
  // A share typed as a fraction and one typed as a percentage both lack the sign that tells them apart.
  if (NUMBER.test(text)) return wrong(`${text} has no unit; write ${Number(text) < 1 ? percent(Number(text)) : `${text}%`}`);
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (!found) return wrong(`${quote(text)} is not a share; write for example 99.5%`);
  const share = Number(found[1]) / 100;
  if (share > 1) return wrong(`${quote(text)} is more than the whole; write at most 100%`);
  return right(share);
}

/** `20000-20063`, or one port, to first and last. */
export function parsePorts(text: string): Parsed<{ first: number; last: number }> {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!found) return wrong(`${quote(text)} is not a range of ports; write for example 20000-20063`);
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  if (Math.min(first, last) < 1 || Math.max(first, last) > 65_535) {
    return wrong(`${text} leaves the ports 1 to 65535; write for example 20000-20063`);
  }
  if (first > last) return wrong(`${text} runs backwards; write ${last}-${first}`);
  return right({ first, last });
}

export function right<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function wrong(error: string): { ok: false; error: string } {
  return { ok: false, error };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`;
}
