import { isMap, isScalar, isSeq } from "yaml";
import type { Document, LineCounter } from "yaml";
import type { Path, Problem } from "./problems.ts";

/** Where the keys and values of a YAML document stand, and the keys that stand there twice. */
export interface Positions {
  /** `line:column` of a value (of its key, if the value is a block of its own), or of the nearest thing above it that exists. */
  find: (path: Path, atKey: boolean) => { line: number; column: number };
  duplicates: Problem[];
}

interface Place {
  key: number;
  value: number;
}

/** Aliases are places, not copies: what an anchor stands for is walked once, so a "billion laughs" file costs nothing. */
export function positionsOf(document: Document, lines: LineCounter): Positions {
  const places = new Map<string, Place>();
  const duplicates: Problem[] = [];

  const walk = (node: unknown, path: Path, key: number | null): void => {
    const start = offsetOf(node) ?? key ?? 0;
    places.set(JSON.stringify(path), { key: key ?? start, value: isMap(node) || isSeq(node) ? (key ?? start) : start });
    if (isMap(node)) {
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        const at = [...path, name];
        const keyStart = offsetOf(pair.key) ?? start;
        const first = places.get(JSON.stringify(at));
        if (first) {
          const line = lines.linePos(first.key).line;
          duplicates.push({ path: at, atKey: true, message: `is written twice, first in line ${line}; remove one of the two` });
        }
        walk(pair.value, at, keyStart);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => walk(item, [...path, i], null));
    }
  };
  walk(document.contents, [], null);

  const find = (path: Path, atKey: boolean) => {
    for (let length = path.length; length >= 0; length--) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (!place) continue;
      const { line, col } = lines.linePos(atKey && length === path.length ? place.key : place.value);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    }
    return { line: 1, column: 1 };
  };
  return { find, duplicates };
}

function offsetOf(node: unknown): number | null {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : null;
}
