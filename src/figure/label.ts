import { axisTexts, differs, goesWithModel } from "../analysis/factor.ts";
import type { Axis, Cell } from "../experiment/cell.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** Longer values are cut in a label. */
const longest = 30;

/** How each axis' value is written in a legend: what it is and its value, as short as stays clear. */
const written: Readonly<Record<Axis, (text: string) => string>> = {
  model: (text) => text,
  prompt: (text) => text,
  negative_prompt: (text) => (text === "none" ? "no negative prompt" : `negative ${text}`),
  image: (text) => (text === "none" ? "no image" : (text.split("/").at(-1) ?? text)),
  // The last folder tells the cells of one sweep apart, whose artifacts have equal names.
  init: (text) => (text === "none" ? "from noise" : `from ${text.split("/").slice(-2).join("/")}`),
  true_cfg_scale: (text) => `CFG ${text}`,
  guidance_scale: (text) => `guidance ${text}`,
  height: (text) => `height ${text}`,
  width: (text) => `width ${text}`,
  frames: (text) => (text === "1" ? "1 frame" : `${text} frames`),
  seed: (text) => `seed ${text}`,
  sampler: (text) => text,
  solver_state: (text) => `solver state ${text}`,
  steps: (text) => (text === "1" ? "1 step" : `${text} steps`),
  schedule: (text) => text,
};

/** An axis' value as legends write it: `10 steps`, `CFG 3`, `"a red circle"`. */
export function valueLabel(axis: Axis, text: string): string {
  return written[axis](text);
}

/**
 * Labels that say what varies, and nothing that all cells share: `10 steps · linear`. Axes that belong to the model's
 * factor are left out, since the model's name stands for them.
 *
 * @param named the experiment's swept axes; axes are written in this order, others follow
 * @returns one label per cell, in order; steps and schedule if nothing varies
 */
export function labels(cells: readonly IdentifiedCell[], named: readonly string[]): string[] {
  const varying = varyingAxes(cells, named);
  return labelsOn(cells, varying.length > 0 ? varying : ["steps", "schedule"]);
}

/** Labels of the given axes. */
export function labelsOn(cells: readonly IdentifiedCell[], axes: readonly Axis[]): string[] {
  const merged = axes.includes("height") && axes.includes("width");
  const parts = axes
    .filter((axis) => !(merged && axis === "width"))
    .map((axis) =>
      merged && axis === "height"
        ? cells.map(({ cell }) => sizeLabel(cell))
        : shortened(axisTexts(cells, axis)).map((text) => valueLabel(axis, text)),
    );
  return cells.map((_, i) => parts.map((of) => of[i] ?? "").join(" · "));
}

/** `64×96`: height and width, in pixels. */
export function sizeLabel({ height, width }: Pick<Cell, "height" | "width">): string {
  return `${height}×${width}`;
}

/** The axes that distinguish cells. */
export function varyingAxes(cells: readonly IdentifiedCell[], named: readonly string[]): Axis[] {
  const all = Object.keys(written) as Axis[];
  const place = (axis: Axis) => (named.includes(axis) ? named.indexOf(axis) : named.length);
  return all
    .filter((axis) => differs(cells, axis) && (axis === "model" || !goesWithModel(cells, axis)))
    .sort((a, b) => place(a) - place(b));
}

/** Values cut to a label's length; numbered instead if cutting would make two of them equal. */
function shortened(values: readonly string[]): string[] {
  const distinct = [...new Set(values)];
  const cuts = distinct.map((text) => cut(text, longest));
  const unique = new Set(cuts).size === distinct.length;
  const shown = new Map(distinct.map((value, i) => [value, unique ? (cuts[i] ?? value) : `#${i + 1}`]));
  return values.map((value) => shown.get(value) ?? value);
}

/** A text of at most so many characters; an ellipsis says that it was longer. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
