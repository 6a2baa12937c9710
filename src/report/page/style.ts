/** The page's look: quiet, in the reader's light or dark, on a phone, and on paper. */
export const style = `
:root { color-scheme: light dark; --ink: #222; --quiet: #5f5f5f; --page: #fff; --soft: #f3f3f3; --line: #e4e4e4; --warn: #fdf6f0; }
@media screen and (prefers-color-scheme: dark) {
:root { --ink: #e6e6e6; --quiet: #a8a8a8; --page: #161616; --soft: #262626; --line: #383838; --warn: #2b2019; }
/* Figures are drawn in dark ink on white: lightness is turned over, hues stay. */
.stills svg, .plot, .sample, .bar div, .frames svg, .clip svg:not(.sample) { filter: invert(.91) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 24px 28px 60px; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 24px; margin: 0 0 2px; font-weight: 650; }
h2 { font-size: 18px; margin: 44px 0 4px; font-weight: 650; }
h3 { font-size: 14.5px; margin: 18px 0 2px; font-weight: 600; }
p { margin: 4px 0; }
.quiet, small, figcaption { color: var(--quiet); font-size: 13px; }
small { font-size: 11.5px; }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--soft); padding: 10px 12px; overflow: auto; max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; margin: 6px 0; }
figure { margin: 0; min-width: 0; }
.warnings { list-style: none; margin: 8px 0; padding: 0; font-size: 13.5px; }
.warnings li { border-left: 3px solid #d55e00; padding: 2px 10px; margin: 4px 0; background: var(--warn); }
.legend { list-style: none; margin: 6px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13.5px; max-height: 26vh; overflow: auto; }
.legend .group { display: flex; align-items: center; gap: 10px; margin: 2px 18px 2px 0; }
.legend .group ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 10px; margin: 0; padding: 0; }
.bar { position: relative; width: 260px; height: 34px; margin: 0 30px 0 18px; }
.bar div { height: 12px; border-radius: 2px; }
.bar span { position: absolute; top: 13px; transform: translateX(-50%); font-size: 12px; white-space: nowrap; }
.sample { vertical-align: -1px; margin-right: 6px; flex: none; }
button.entry { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 4px; padding: 1px 6px 1px 2px; cursor: pointer; text-align: left; }
button.entry:hover, .shown button.entry, button.entry.shown { background: var(--soft); }
button.entry[aria-pressed=true] { border-color: var(--quiet); }
:focus-visible { outline: 2px solid #0072b2; outline-offset: 1px; }
.tools { position: sticky; top: 0; background: var(--page); padding: 4px 0 6px; z-index: 2; border-bottom: 1px solid var(--line); }
.controls { display: flex; flex-wrap: wrap; gap: 2px 24px; font-size: 13px; color: var(--quiet); margin-top: 4px; }
.controls fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.controls legend { float: left; margin-right: 8px; }
.controls select { font: inherit; max-width: 180px; }
.figure { position: relative; margin-top: 10px; }
.stills svg { display: block; width: 100%; height: auto; max-width: 1100px; }
.plots { position: absolute; visibility: hidden; top: 0; left: 0; right: 0; height: 0; overflow: hidden; }
[data-drawn=all] .stills { display: none; }
[data-drawn=all] .plots { position: static; visibility: visible; height: auto; overflow: visible; }
.panels { display: grid; grid-template-columns: repeat(var(--n, 3), minmax(0, 1fr)); gap: 4px 10px; }
.plot { min-height: 270px; }
.dim .scatterlayer { opacity: .2; }
.scroll { overflow: auto; max-height: 560px; margin: 8px 0; }
table { border-collapse: collapse; font-size: 12.2px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 6px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead { position: sticky; top: 0; background: var(--page); }
thead th { font-weight: 600; color: var(--quiet); }
[data-sort] { cursor: pointer; }
[aria-sort=ascending]::after { content: " ▲"; }
[aria-sort=descending]::after { content: " ▼"; }
th[scope=colgroup] { text-align: left; border-left: 1px solid var(--line); }
thead th[rowspan], tbody th { text-align: left; }
tbody th { font-weight: 400; padding-left: 0; }
tbody tr[data-cells] { cursor: pointer; }
tr.shown td, tr.shown th { background: var(--soft); }
tr.undrawn td { text-align: left; color: var(--quiet); white-space: normal; }
div.clips { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); gap: 14px 24px; margin-top: 10px; }
.clip { display: grid; grid-template-columns: 220px 1fr; gap: 4px 14px; align-items: center; padding: 6px; }
.clip.shown { background: var(--soft); }
.clip video { width: 220px; max-width: 100%; background: #888; }
.clip svg:not(.sample) { width: 100%; max-width: 260px; border-left: 1px solid #bbb; border-bottom: 1px solid #bbb; }
.clip figcaption { grid-column: 1 / -1; }
[hidden] { display: none !important; }
.frames svg { width: 100%; max-width: 1080px; height: auto; }
details { margin: 4px 0; font-size: 13.5px; }
summary { cursor: pointer; }
#tooltip { position: fixed; z-index: 9; pointer-events: none; background: var(--page); border: 1px solid var(--quiet); border-radius: 4px; padding: 7px 10px; font-size: 12.5px; box-shadow: 0 2px 10px rgba(0,0,0,.15); max-width: min(420px, calc(100vw - 8px)); }
@media screen and (max-width: 820px) {
body { padding: 14px; } .panels { grid-template-columns: minmax(0, 1fr); } .tools { position: static; } .legend { max-height: none; }
div.clips, .clip { grid-template-columns: minmax(0, 1fr); } .bar { width: 200px; } .legend .group { flex-wrap: wrap; }
}
@media print {
@page { size: A4; margin: 14mm; }
body { max-width: none; padding: 0; font-size: 10pt; }
h1 { font-size: 15pt; } h2 { font-size: 12pt; margin-top: 16pt; } h2, h3, summary, section > .quiet { break-after: avoid; } .cells > .quiet { display: none; }
.tools { position: static; border: 0; max-height: none; } .controls { display: none; } .legend { max-height: none; overflow: visible; font-size: 8.5pt; }
.plots, [data-drawn=all] .plots { display: none; } .stills, [data-drawn=all] .stills { display: block; }
.stills svg, .clip, tr, .warnings li { break-inside: avoid; } .stills svg { max-width: none; }
.scroll, pre { max-height: none; overflow: visible; } table { font-size: 6.4pt; width: 100%; } th, td { padding: 1.5pt 2pt; white-space: normal; } thead { position: static; }
small { display: block; font-size: 5.8pt; } tbody th .sample { width: 20px; margin-right: 3px; } button.entry { padding: 0; }
pre { font-size: 7.5pt; } div.clips { grid-template-columns: 1fr 1fr; } .clip { grid-template-columns: 100px 1fr; } .clip video { width: 100px; }
#steps { display: none; }
}
`;
