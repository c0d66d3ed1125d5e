/** What series of points are drawn with, in charts and in their legends, to be told apart without colour: SVG paths about 0, in CSS pixels. */
export const POINT_MARKS = [
  "M3.5 0A3.5 3.5 0 1 1 -3.5 0A3.5 3.5 0 1 1 3.5 0Z",
  "M-3.2 -3.2H3.2V3.2H-3.2Z",
  "M0 -4.4L4.4 0L0 4.4L-4.4 0Z",
  "M0 -4.2L4.2 3.2H-4.2Z",
  "M0 4.2L4.2 -3.2H-4.2Z",
  "M-1.4 -4.2H1.4V-1.4H4.2V1.4H1.4V4.2H-1.4V1.4H-4.2V-1.4H-1.4Z",
] as const;

export const [CIRCLE] = POINT_MARKS;
