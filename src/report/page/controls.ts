import { differs } from "../../analysis/factor.ts";
import type { Axis } from "../../experiment/cell.ts";
import { isGroupable } from "../../figure/groups.ts";
import type { SweepRecord } from "../../record/record.ts";
import { escapeHtml } from "./html.ts";

const scales = ["automatic", "linear", "log"] as const;

/** What the reader can set: the scale of L1 axes, which cells are shown, and how they are summarised. */
export function controlsSection({ manifest: { cells, axes } }: SweepRecord): string {
  const varying = axes.filter((axis) => differs(cells, axis as Axis));
  const scale = scales.map(
    (name) =>
      `<label><input type="radio" name="scale" value="${name}"${name === "automatic" ? " checked" : ""}> ${name === "log" ? "logarithmic" : name}</label>`,
  );
  const filters = varying.map(
    (axis) =>
      `<label>${escapeHtml(axis.replaceAll("_", " "))} <select data-axis="${escapeHtml(axis)}"><option value="">all</option></select></label>`,
  );
  const medians = varying
    .filter(isGroupable)
    .map((axis) => `<option value="${escapeHtml(axis)}">median over ${escapeHtml(axis.replaceAll("_", " "))}</option>`);
  const grouping = `<label>curves <select id="group"><option value="">as in the figure</option><option value="none">every cell</option>${medians.join("")}</select></label>`;
  const shown =
    cells.length > 1
      ? `<fieldset><legend>show</legend>${filters.join(" ")} ${grouping} <output id="count"></output></fieldset>`
      : "";
  return `<div class="controls"><fieldset><legend>L1 axes</legend>${scale.join(" ")}</fieldset>${shown}</div>`;
}
