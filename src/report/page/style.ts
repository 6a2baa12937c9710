/** The page's look: quiet, light, printable. */
export const style = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 24px 28px 60px; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: #222; background: #fff; }
h1 { font-size: 24px; margin: 0 0 2px; font-weight: 650; }
h2 { font-size: 18px; margin: 44px 0 4px; font-weight: 650; }
h3 { font-size: 14.5px; margin: 18px 0 2px; font-weight: 600; }
p { margin: 4px 0; }
.quiet, small, figcaption { color: #5f5f5f; font-size: 13px; }
small { font-size: 11.5px; }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: #f6f6f6; padding: 10px 12px; overflow: auto; max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; margin: 6px 0; }
figure { margin: 0; min-width: 0; }
.warnings { list-style: none; margin: 8px 0; padding: 0; font-size: 13.5px; }
.warnings li { border-left: 3px solid #d55e00; padding: 2px 10px; margin: 4px 0; background: #fdf6f0; }
.legend { list-style: none; margin: 10px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13.5px; }
.legend .group { display: flex; align-items: center; gap: 10px; margin: 4px 18px 4px 0; }
.legend .group ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 14px; margin: 0; padding: 0; }
.bar { position: relative; width: 260px; height: 34px; margin: 0 30px 0 18px; }
.bar div { height: 12px; border-radius: 2px; }
.bar span { position: absolute; top: 13px; transform: translateX(-50%); font-size: 12px; }
.sample { vertical-align: -1px; margin-right: 6px; flex: none; }
button.entry { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 4px; padding: 1px 6px 1px 2px; cursor: pointer; white-space: nowrap; }
button.entry:hover, .shown button.entry, button.entry.shown { background: #f0f0f0; }
button.entry[aria-pressed=true] { border-color: #777; }
:focus-visible { outline: 2px solid #0072b2; outline-offset: 1px; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 24px; position: sticky; top: 0; background: #fff; padding: 4px 0 6px; z-index: 2; border-bottom: 1px solid #eee; }
.tools fieldset { border: 0; margin: 0 0 0 auto; padding: 0; font-size: 13px; color: #444; }
.tools legend { float: left; margin-right: 8px; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4px 10px; }
.plot { min-height: 270px; }
.dim .scatterlayer { opacity: .2; }
.scroll { overflow: auto; max-height: 560px; margin: 8px 0; }
table { border-collapse: collapse; font-size: 12.2px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 6px; text-align: right; white-space: nowrap; border-bottom: 1px solid #eaeaea; }
thead { position: sticky; top: 0; background: #fff; }
thead th { font-weight: 600; color: #444; }
th[scope=colgroup] { text-align: left; border-left: 1px solid #ddd; }
thead th[rowspan], tbody th { text-align: left; }
tbody th { font-weight: 400; padding-left: 0; }
tr.shown td, tr.shown th { background: #f5f5f5; }
tr.undrawn td { text-align: left; color: #5f5f5f; white-space: normal; }
div.clips { display: grid; grid-template-columns: repeat(auto-fill, minmax(480px, 1fr)); gap: 14px 24px; margin-top: 10px; }
.clip { display: grid; grid-template-columns: 220px 1fr; gap: 4px 14px; align-items: center; padding: 6px; }
.clip.shown { background: #f5f5f5; }
.clip video { width: 220px; background: #eee; }
.clip svg:not(.sample) { width: 100%; max-width: 260px; border-left: 1px solid #bbb; border-bottom: 1px solid #bbb; }
.clip figcaption { grid-column: 1 / -1; }
.frames svg { width: 100%; max-width: 1080px; height: auto; }
details { margin: 4px 0; font-size: 13.5px; }
summary { cursor: pointer; }
#tooltip { position: fixed; z-index: 9; pointer-events: none; background: #fff; border: 1px solid #999; border-radius: 4px; padding: 7px 10px; font-size: 12px; box-shadow: 0 2px 10px rgba(0,0,0,.15); max-width: 470px; }
#tooltip dl { display: grid; grid-template-columns: auto auto auto auto; gap: 0 10px; margin: 4px 0 0; }
#tooltip dt { color: #5f5f5f; }
#tooltip dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
@media (max-width: 820px) { .panels { grid-template-columns: 1fr; } body { padding: 14px; } .tools { position: static; } div.clips { grid-template-columns: 1fr; } }
@media print { .tools { position: static; } .tools fieldset { display: none; } .row, .clip { break-inside: avoid; } .scroll, pre { max-height: none; overflow: visible; } body { max-width: none; padding: 0; } }
`;
