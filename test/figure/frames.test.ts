import { expect, test } from "vitest";
import { type FrameFigure, frameFigure, mostFrameCells } from "../../src/figure/frames.ts";
import { svgDocument } from "../../src/figure/static/drawing.ts";
import { drawHeatMaps } from "../../src/figure/static/heatMap.ts";
import { notFiniteColor } from "../../src/figure/style.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import { synthetic, syntheticCell, syntheticRecord, syntheticSteps } from "../analysis/synthetic.ts";

const record = syntheticRecord();
const stepsOf = ({ cells }: SweepRecord) => new Map(cells.map(({ cellId, cell }) => [cellId, syntheticSteps(cell)]));
const heatMapSvg = (figure: FrameFigure) => svgDocument(drawHeatMaps(figure));

test("a cell has one panel per metric with one value per latent frame and step", () => {
  const figure = frameFigure(record, stepsOf(record));
  expect(figure?.rows.map(({ id }) => id)).toEqual(record.cells.map(({ cellId }) => cellId));
  for (const { panels, steps, frames } of figure?.rows ?? []) {
    expect(frames).toBe(synthetic.latentFrames);
    expect(panels.map(({ metric }) => metric)).toEqual(["cond", "cfg", "latent"]);
    for (const { metric, values } of panels)
      for (const line of values) {
        expect(line).toHaveLength(steps);
        expect(line.map((value) => value === null)).toEqual(line.map((_, i) => i === 0 && metric !== "latent"));
      }
  }
});

test("the picture has a rectangle per value, axes with their names, and the label of every cell", () => {
  const figure = frameFigure(record, stepsOf(record));
  if (figure === null) throw new Error("nothing is drawn");
  const svg = heatMapSvg(figure);
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].map(([, d = ""]) => d).join("");
  const steps = record.cells.reduce((total, { cell }) => total + cell.steps, 0);
  // Each panel's outline is closed, too.
  const outlines = 3 * record.cells.length;
  const maps = synthetic.latentFrames * (3 * steps - 2 * record.cells.length);
  expect(paths.split("z").length - 1).toBe(maps + outlines);
  for (const words of ["step", "latent frame", "cond relative L1", ...figure.rows.map(({ label }) => label)])
    expect(svg).toContain(`>${words}`);
});

test("values that are not finite are grey", () => {
  const figure = frameFigure(record, stepsOf(record));
  const [row] = figure?.rows ?? [];
  if (figure === null || row === undefined) throw new Error("nothing is drawn");
  const broken = {
    ...row,
    frames: 1,
    steps: 1,
    panels: row.panels.map((panel) => ({ ...panel, values: [[Number.NaN]] })),
  };
  expect(heatMapSvg({ ...figure, rows: [broken] }).split(notFiniteColor)).toHaveLength(4);
});

test("clips of one frame have no heat map", () => {
  const still = syntheticRecord([syntheticCell({ frames: 1 })]);
  expect(frameFigure(still, new Map())).toBeNull();
});

test("a record without sums by latent frame says so", () => {
  const steps = new Map(
    [...stepsOf(record)].map(([id, all]) => [
      id,
      all.map((step) => ({ ...step, differences: step.differences.map((each) => ({ ...each, frames: [] })) })),
    ]),
  );
  const figure = frameFigure(record, steps);
  expect(figure?.rows).toEqual([]);
  expect(figure?.notes.join(" ")).toContain("frame_sums: false");
});

test("cells beyond the first dozen are left out, and a note counts them", () => {
  const many = syntheticRecord(
    Array.from({ length: mostFrameCells + 3 }, (_, seed) => syntheticCell({ seed })),
    ["seed"],
  );
  const figure = frameFigure(many, stepsOf(many));
  expect(figure?.rows).toHaveLength(mostFrameCells);
  expect(figure?.notes.join(" ")).toContain("3 more");
});
