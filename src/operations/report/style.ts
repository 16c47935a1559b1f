/** The report's style sheet: VS Code's modern themes, light and dark, and spacing in steps of 4 px. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #ffffff; --fg: #3b3b3b; --second: #636363; --hairline: #e5e5e5;
  --blue: #0063d3; --yellow: #bf8803; --error: #c01400; --grid: #e0e0e0; --axis: #949494;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #1f1f1f; --fg: #cccccc; --second: #9d9d9d; --hairline: #3a3a3a;
    --blue: #59a4f9; --yellow: #cca700; --error: #f88070; --grid: #373737; --axis: #7e7e7e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 24px; max-width: 1400px; background: var(--bg); color: var(--fg);
  font: 13px/1.5 system-ui, -apple-system, "Segoe UI", Ubuntu, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 20px; line-height: 1.3; margin: 0 0 4px; font-weight: 600; }
h2 { font-size: 14px; margin: 0 0 4px; font-weight: 600; }
h3 { font-size: 13px; margin: 16px 0 8px; font-weight: 600; }
header { padding-bottom: 16px; }
header p { margin: 0; }
section { border-top: 1px solid var(--hairline); padding: 16px 0 24px; }
.note, header p, .second { color: var(--second); }
.note { margin: 0 0 12px; font-size: 12px; max-width: 104ch; }
.reading { max-width: 68ch; margin: 12px 0; }
code, pre { font: 12px/1.6 ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { overflow-x: auto; margin: 0; padding: 8px 12px; border: 1px solid var(--hairline); border-radius: 3px; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
.figures { display: flex; flex-wrap: wrap; gap: 16px 48px; margin: 8px 0; }
.figures dt { color: var(--second); font-size: 12px; }
.figures dd { margin: 0; }
.figures strong { display: block; font-size: 20px; font-weight: 600; line-height: 1.3; }
.figures span { color: var(--second); font-size: 12px; }
.facts { margin: 0 0 12px; font-size: 12px; }
.facts div { display: grid; grid-template-columns: 168px 1fr; gap: 12px; padding: 2px 0; }
.facts dt { color: var(--second); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 12px 0; max-width: 100%; }
table { border-collapse: collapse; }
.data { font-size: 12px; }
.data caption { text-align: left; padding-bottom: 4px; color: var(--second); }
.data th, .data td { padding: 4px 24px 4px 0; text-align: left; font-weight: 400; white-space: nowrap; border-bottom: 1px solid var(--hairline); }
.data thead th { color: var(--second); font-size: 11px; border-bottom-color: var(--axis); vertical-align: bottom; white-space: normal; }
.data th.number, .data td.number { text-align: right; }
.data th:last-child, .data td:last-child { padding-right: 0; }
.met::before { content: "✓ "; }
.missed { font-weight: 600; color: var(--error); }
.missed::before { content: "✕ "; }
.equation { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 24px 16px; margin: 16px 0; }
.term { display: flex; align-items: flex-start; gap: 16px; }
.operator { display: block; margin-top: 36px; }
.figure { margin: 0; }
.figure figcaption { height: 36px; white-space: nowrap; font-size: 12px; line-height: 16px; }
.figure.labelled figcaption { padding-left: 47px; }
.figure figcaption strong { display: block; font-weight: 600; }
.figure figcaption span { color: var(--second); font-size: 11px; }
.figure svg { display: block; }
.figure .cell, .figure .number { fill: var(--l); }
.figure .void { fill: none; stroke: var(--axis); stroke-dasharray: 2 3; }
.number { text-anchor: middle; dominant-baseline: central; }
.operator .number { fill: var(--second); }
svg .axis-text { font-size: 11px; fill: var(--second); }
.legends { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 8px 0; font-size: 11px; color: var(--second); }
.legend { display: flex; gap: 12px; align-items: flex-start; }
.scale { display: block; width: 160px; }
.ramp { display: block; height: 8px; margin-top: 5px; background: var(--l); }
.ends { display: flex; justify-content: space-between; }
@media (prefers-color-scheme: dark) {
  .figure .cell, .figure .number { fill: var(--d); }
  .ramp { background: var(--d); }
}
.chart { display: block; margin: 8px 0; overflow: visible; }
.chart .point-label { font-size: 12px; fill: var(--fg); }
.chart .grid { stroke: var(--grid); }
.chart .axis { stroke: var(--axis); fill: none; }
.chart .reference { stroke: var(--axis); stroke-dasharray: 4 3; fill: none; }
.chart .lead { stroke: var(--axis); fill: none; }
.chart .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.chart .spread { opacity: .2; stroke: none; }
.chart .halo { paint-order: stroke; stroke: var(--bg); stroke-width: 3px; stroke-linejoin: round; }
.skeleton, .acnet { --tone: var(--blue); }
.corner { --tone: var(--yellow); }
.global, .plain { --tone: var(--second); }
.square { --tone: var(--yellow); }
.border { --tone: var(--blue); }
.chart .line { stroke: var(--tone); }
.chart .spread, .chart .dot { fill: var(--tone); }
.chart .line.global, .chart .line.plain { stroke-dasharray: 5 3; }
.chart .dot.global, .chart .dot.plain { fill: var(--bg); stroke: var(--tone); stroke-width: 1.5; }
.chart .line.square, .chart .line.border { stroke-dasharray: 8 3; }
.chart .dot.square, .chart .dot.border { fill: var(--bg); stroke: var(--tone); stroke-width: 1.5; }
.chart .line.faint { stroke-width: 1; stroke-dasharray: 1.5 2.5; }
.key { display: inline-block; width: 8px; height: 8px; margin-right: 8px; background: var(--tone); }
.key.skeleton { border-radius: 50%; }
.key.square, .key.border { background: none; border: 1.5px solid var(--tone); }
.key.border { border-radius: 50%; }
.key.global { background: none; border: 1.5px solid var(--tone); transform: rotate(45deg) scale(.85); }
.beside { display: flex; flex-wrap: wrap; gap: 0 48px; align-items: flex-start; }
.beside > div { min-width: 0; max-width: 100%; }
.beside > div + div { flex: 1 1 300px; max-width: 68ch; }
.narrow, .tiny { display: none; }
@media (max-width: 899px) {
  body { padding: 16px; }
  .wide { display: none; }
  .narrow { display: block; }
  .equation, .term { gap: 16px 8px; }
}
@media (max-width: 579px) {
  .narrow { display: none; }
  .tiny { display: block; }
  .facts div { grid-template-columns: 1fr; gap: 0; }
}
@media print {
  body { padding: 0; }
  section { break-inside: avoid-page; }
  .figure svg, .ramp, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
