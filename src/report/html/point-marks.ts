/** What a series of points is drawn with, in charts and in their legends: an SVG path about 0, in CSS pixels. */
export const CIRCLE = "M3.5 0A3.5 3.5 0 1 1 -3.5 0A3.5 3.5 0 1 1 3.5 0Z";
