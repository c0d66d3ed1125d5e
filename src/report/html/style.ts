/** The page's own style. Text colours keep a contrast of 4.5 to 1 on every background here, lines of charts 3 to 1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #17191c; --soft: #565c66; --line: #d9dce1; --band: #f2f3f4; --band-2: #e6ebf3; --focus: #0b57c2;
  --red: #b3122f; --yellow: #7a5200; --green: #116432; --red-wash: #fdecef; --yellow-wash: #fdf3dc; --green-wash: #e6f5ea;
  --c1: #0b57c2; --c2: #a14a00; --c3: #0f7a3d; --c4: #c2113a; --c5: #6b3fb5; --c6: #4a515c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1a1d21; --ink: #eceef1; --soft: #a9b0bb; --line: #363b43; --band: #22262b; --band-2: #27303c; --focus: #7db4ff;
    --red: #ff8fa1; --yellow: #f0c264; --green: #74d79a; --red-wash: #3a1820; --yellow-wash: #35290f; --green-wash: #12301d;
    --c1: #7db4ff; --c2: #ffab66; --c3: #6fd79a; --c4: #ff8095; --c5: #c3a4ff; --c6: #b4bbc6;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; margin: 4px 0 12px; overflow-wrap: anywhere; }
h2 { font-size: 21px; line-height: 1.3; margin: 0 0 14px; }
h3 { font-size: 15px; line-height: 1.4; margin: 0; font-weight: 600; }
section { padding: 30px 0 6px; border-top: 1px solid var(--line); margin-top: 26px; scroll-margin-top: 8px; }
p { margin: 0 0 10px; max-width: 75ch; }
a { color: var(--focus); text-underline-offset: 3px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--band); border-radius: 6px; padding: 12px 14px; overflow-x: auto; margin: 8px 0 14px; }
pre.error { color: var(--red); white-space: pre-wrap; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.eyebrow, .note, .hint { color: var(--soft); font-size: 14px; }
.eyebrow { margin: 0; }
.verdict { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin: 0 0 12px; }
.badge { font-weight: 700; font-size: 18px; padding: 4px 14px; border-radius: 6px; border: 1.5px solid currentColor; }
.chip { font-size: 14px; padding: 3px 10px; border-radius: 20px; border: 1px solid var(--line); color: var(--soft); }
.red { color: var(--red); } .yellow { color: var(--yellow); } .green { color: var(--green); }
.badge.red, .chip.red { background: var(--red-wash); } .badge.yellow, .chip.yellow { background: var(--yellow-wash); } .badge.green { background: var(--green-wash); }
.sentence { font-size: 19px; line-height: 1.45; max-width: 68ch; margin-bottom: 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(155px, 1fr)); gap: 12px; margin-bottom: 18px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 11px 14px 12px; cursor: help; color: var(--ink); }
.tile .label { display: block; font-size: 13px; color: var(--soft); }
.tile .value { display: block; white-space: nowrap; font-size: 24px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile.red .value { color: var(--red); }
.tile .unit { display: block; white-space: normal; font-size: 13px; font-weight: 400; color: var(--soft); line-height: 1.4; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0; padding: 0; font-size: 14px; }
nav a { display: inline-block; padding: 3px 0; }
ul.evidence { list-style: none; margin: 0 0 16px; padding: 0; display: grid; gap: 7px; max-width: 85ch; }
ul.evidence li { display: grid; grid-template-columns: 26px 1fr; color: var(--ink); }
.mark { font-weight: 700; font-size: 17px; line-height: 1.45; }
.green > .mark { color: var(--green); } .yellow > .mark { color: var(--yellow); } .red > .mark { color: var(--red); }
.toolbar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 14px; }
.toolbar .hint { flex-basis: 100%; max-width: none; margin: 0; }
.now { margin-left: auto; font-variant-numeric: tabular-nums; font-size: 14px; }
button { font: inherit; font-size: 14px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; cursor: pointer; }
button:hover { border-color: var(--soft); }
.chart { margin: 0 0 18px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px 6px; min-width: 0; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline; justify-content: space-between; margin-bottom: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 6px; }
.key { display: inline-flex; align-items: center; gap: 6px; border-color: transparent; background: none; padding: 2px 6px; font-size: 13.5px; }
.key[aria-pressed="false"] { text-decoration: line-through; color: var(--soft); }
.key[aria-pressed="false"] svg { visibility: hidden; }
.key path { fill: none; stroke-width: 2; }
.key path.point { stroke-width: 1.5; }
.key output { font-variant-numeric: tabular-nums; font-weight: 600; }
.key output:not(:empty) { min-width: 4.5em; }
.stroke-1 { stroke: var(--c1); } .stroke-2 { stroke: var(--c2); } .stroke-3 { stroke: var(--c3); } .stroke-4 { stroke: var(--c4); } .stroke-5 { stroke: var(--c5); } .stroke-6 { stroke: var(--c6); }
.plot { touch-action: pan-y; }
.uplot, .uplot *, .uplot *::before, .uplot *::after { box-sizing: content-box; }
.uplot { font-family: inherit; }
.u-select { background: color-mix(in srgb, var(--focus) 18%, transparent); }
.u-hz .u-cursor-x, .u-hz .u-cursor-y { border-color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 18px; align-items: start; }
.pair > * { min-width: 0; }
@media (min-width: 900px) { .pair.wide-left { grid-template-columns: 2fr 1fr; } }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 6px 40px; align-items: start; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; font-variant-numeric: tabular-nums; margin: 0 0 18px; }
caption { text-align: left; font-weight: 600; font-size: 15px; padding: 2px 0 6px; }
th { font-weight: 400; text-align: left; }
thead th { color: var(--soft); font-size: 13.5px; vertical-align: bottom; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td, thead th:not(:first-child), thead tr + tr th { text-align: right; padding-right: 4px; }
table.facts td, table.words td { overflow-wrap: anywhere; }
.scroll > table.data:not(.words) td { white-space: nowrap; padding-left: 8px; }
table.facts th { white-space: nowrap; }
table.words td, table.words thead th:not(:first-child) { text-align: left; padding-right: 14px; }
table.intervals { min-width: 960px; table-layout: fixed; }
table.intervals thead th:nth-child(1) { width: 16%; }
table.intervals thead th:nth-child(2) { width: 25%; text-align: left; }
table.intervals thead th:nth-child(3) { width: 9%; }
table.intervals thead th:nth-child(4) { width: 16%; }
table.intervals thead th:nth-child(5) { width: 19%; }
table.intervals th { overflow-wrap: anywhere; }
td.picture { text-align: left; padding: 3px 0; }
td.picture svg { display: block; max-width: 100%; }
.axis { stroke: var(--line); }
.reference { stroke: var(--soft); stroke-dasharray: 2 2; }
.range { fill: none; stroke: var(--c1); stroke-width: 2; }
.mean { fill: var(--c1); }
.soft { color: var(--soft); font-weight: 400; font-size: 13.5px; }
.word { white-space: nowrap; font-weight: 600; }
table tr:hover > * { background: var(--band); }
.scroll { overflow-x: auto; }
.scroll > table.words { min-width: 720px; }
.changed { font-weight: 700; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; }
.term { text-decoration: underline dotted var(--soft); text-underline-offset: 4px; cursor: help; }
#tip { position: absolute; z-index: 200; max-width: min(340px, calc(100vw - 24px)); background: var(--ink); color: var(--page); font-size: 14px; line-height: 1.4; padding: 8px 12px; border-radius: 6px; box-shadow: 0 4px 18px rgb(0 0 0 / 0.25); }
.scroll + .note { margin: -8px 0 18px; }
.composition { margin-bottom: 14px; }
.composition .what { font-size: 14.5px; margin-bottom: 4px; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: 26px; border: 1px solid var(--soft); border-radius: 4px; overflow: hidden; background: var(--card); }
.swatch { display: inline-block; width: 22px; height: 13px; margin-right: 8px; border-radius: 2px; vertical-align: -1px; }
.fill-1 { background: var(--c1); }
.fill-2 { background: repeating-linear-gradient(45deg, var(--c2) 0 4px, var(--card) 4px 7px); }
.fill-3 { background: repeating-linear-gradient(-45deg, var(--c3) 0 6px, var(--card) 6px 8px); }
.fill-4 { background: repeating-linear-gradient(90deg, var(--c4) 0 3px, var(--card) 3px 6px); }
.fill-5 { background: repeating-linear-gradient(0deg, var(--c5) 0 3px, var(--card) 3px 6px); }
.fill-6 { background: radial-gradient(var(--c6) 2px, var(--card) 2.5px) 0 0 / 7px 7px; }
pre.next { white-space: pre-wrap; overflow-wrap: anywhere; }
.comment { color: var(--soft); }
details { margin: 0 0 10px; }
summary { cursor: pointer; padding: 4px 0; color: var(--focus); }
dl.glossary, dl.tunings { margin: 0 0 30px; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 10px 32px; font-size: 14px; }
dt { font-weight: 600; }
dd { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
@media (max-width: 600px) {
  header, main { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 20px; }
  h1 { font-size: 24px; }
  .sentence { font-size: 17px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tile { padding: 8px 10px; }
  .tile .value { font-size: 20px; }
  .chart { padding: 10px 6px 4px; }
  .chart figcaption { padding: 0 4px; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --band: #f2f2f2; --band-2: #e6e9ef; --focus: #000;
    --red: #a00020; --yellow: #6b4700; --green: #0d5028; --red-wash: #fff; --yellow-wash: #fff; --green-wash: #fff;
    --c1: #0b57c2; --c2: #a14a00; --c3: #0f7a3d; --c4: #c2113a; --c5: #6b3fb5; --c6: #4a515c;
  }
  @page { margin: 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11pt; }
  header, main { max-width: none; padding: 0; }
  nav, .toolbar, #tip, details:not([open]) { display: none; }
  .chart, .tile, .composition, tr, ul.evidence li, .glossary div { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  section { margin-top: 14px; padding-top: 16px; }
  .term { text-decoration: none; }
  .uplot, .u-wrap, .u-wrap > canvas { width: 100% !important; height: auto !important; }
  .u-under, .u-over { display: none; }
  .scroll { overflow: visible; }
  table.intervals, .scroll > table.words { min-width: 0; font-size: 9pt; }
}
`;
