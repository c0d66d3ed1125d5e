import type { Colour, Paint } from "../style.ts";

/** Text of one colour, or of none. */
export type Segment = readonly [text: string, colour?: Colour | null];

/** Segments as one line of at most `width` columns; what is cut off is told by an ellipsis. */
export function paintRow(segments: readonly Segment[], { width, paint }: { width: number; paint: Paint }): string {
  const whole = segments.reduce((sum, [text]) => sum + text.length, 0);
  let room = whole > width ? width - 1 : width;
  let line = "";
  for (const [text, colour = null] of segments) {
    const shown = text.slice(0, Math.max(0, room));
    room -= shown.length;
    line += colour === null ? shown : paint(colour, shown);
  }
  return whole > width && width > 0 ? `${line}…` : line;
}
