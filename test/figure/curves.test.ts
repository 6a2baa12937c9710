import { describe, expect, test } from "vitest";
import { changePerSigmaFigure } from "../../src/figure/changePerSigma.ts";
import { curvesFigure } from "../../src/figure/curves.ts";
import type { Panel } from "../../src/figure/figure.ts";
import { rangeOf } from "../../src/figure/panel.ts";
import { Model, Weights } from "../../src/generated/l1probe/v1/probe.ts";
import {
  shifted,
  syntheticCell,
  syntheticProvenance,
  syntheticRecord,
  withCell,
  withSteps,
  withStepsOf,
} from "../analysis/synthetic.ts";

const plain = syntheticCell({ true_cfg_scale: 1, negative_prompt: null });

describe("the article's figure", () => {
  const figure = curvesFigure(syntheticRecord());

  test("has a row of three panels a metric: cond, cfg, latent", () => {
    expect(figure.rows.map(({ key }) => key)).toEqual(["cond", "cfg", "latent"]);
    for (const { key, panels } of figure.rows) {
      expect(panels.map(({ x, y }) => [x.label, y.label])).toEqual([
        ["step / steps", `${key} relative L1`],
        ["1000 − timestep", `${key} relative L1`],
        ["step / steps", "1000 − timestep"],
      ]);
    }
    const keys = figure.rows.flatMap(({ panels }) => panels.map(({ key }) => key));
    expect(new Set(keys).size).toBe(9);
  });

  test("starts a prediction's curve at step 1 and a latent's at step 0", () => {
    const [cond, , latent] = figure.rows;
    for (const [row, first] of [[cond, 1] as const, [latent, 0] as const]) {
      for (const panel of row?.panels.slice(0, 2) ?? []) {
        expect(panel.traces.map((trace) => trace.rows[0])).toEqual([first, first, first, first]);
        expect(panel.traces.map((trace) => trace.x.length)).toEqual([10, 10, 20, 20].map((n) => n - first));
      }
    }
  });

  test("passes over a solver's second look at one sigma, and says so", () => {
    const plain = syntheticRecord([syntheticCell({ steps: 4, sampler: "heun" })]);
    const record = withStepsOf(plain, 0, (step) => {
      const { sigmaNext: sigma } = step;
      return sigma === 0 ? [step] : [step, { ...step, evaluation: 1, sigma, timestep: 1000 * sigma }];
    });
    const drawn = curvesFigure(record);
    const rowsOf = (panels: readonly Panel[] = []) => panels.map(({ traces }) => traces[0]?.rows);
    // The second look copies the first, which in step 0 has no prediction before it.
    expect(rowsOf(drawn.rows[0]?.panels)).toEqual([
      [3, 5],
      [3, 5],
      [0, 2, 4, 6],
    ]);
    expect(rowsOf(drawn.rows[2]?.panels)).toEqual([
      [0, 2, 4, 6],
      [0, 2, 4, 6],
      [0, 2, 4, 6],
    ]);
    expect(drawn.notes.join(" ")).toContain("Corrector evaluations");
    expect(curvesFigure(plain).notes).toEqual([]);
    const [widths, perSigma] = changePerSigmaFigure(record).rows;
    expect(rowsOf(widths?.panels)).toEqual([
      [0, 2, 4, 6],
      [0, 2, 4, 6],
    ]);
    expect(perSigma?.panels[0]?.traces[0]?.y.every((value) => value !== null)).toBe(true);
  });

  test("holds every value within its axes", () => {
    for (const { x, y, traces } of [...figure.rows, ...changePerSigmaFigure(syntheticRecord()).rows].flatMap(
      (r) => r.panels,
    )) {
      const within = ([low, high]: readonly [number, number], value: number) => value >= low && value <= high;
      for (const trace of traces) {
        expect(trace.x.every((value) => within(x.domain, value))).toBe(true);
        expect(trace.y.every((value) => value !== null && within(y.domain, value))).toBe(true);
      }
    }
  });

  test("says its model, weights, dtype, solver state and versions", () => {
    for (const word of [
      "synthetic",
      "bundled weights",
      "float32",
      "solver state float32",
      "torch 2.9.0",
      "l1probe 0.1.0",
    ]) {
      expect(figure.caption).toContain(word);
      expect(changePerSigmaFigure(syntheticRecord()).caption).toContain(word);
    }
  });
});

test("a caption names models of one kind of weights together, and says of which kind", () => {
  const cells = ["random:a", "random:b", "c"].map((model) => syntheticCell({ model }));
  const record = syntheticRecord(cells, ["model"]);
  const told = record.cells.map((cell) => {
    const { model = null } = cell.cell;
    const weights = model === "c" ? Weights.WEIGHTS_PRETRAINED : Weights.WEIGHTS_RANDOM;
    const provenance = { ...syntheticProvenance, model: Model.fromPartial({ id: model ?? "", weights }) };
    return { ...cell, started: cell.started && { ...cell.started, provenance } };
  });
  expect(curvesFigure({ ...record, cells: told }).caption).toMatch(
    /^random:a, random:b \(all random weights\) \/ c \(trained weights\) · /,
  );
});

test("without true CFG, cfg is not drawn again and a sentence says why", () => {
  const figure = curvesFigure(syntheticRecord([plain]));
  expect(figure.rows.map(({ key }) => key)).toEqual(["cond", "latent"]);
  expect(figure.notes.join(" ")).toContain("cfg equals cond");
  expect(curvesFigure(syntheticRecord([plain, syntheticCell()])).rows).toHaveLength(3);
});

test("where experts take turns a note says from which step, once where all cells agree", () => {
  const record = syntheticRecord([1, 3].map((shift) => syntheticCell({ shift, steps: 4 })));
  const experts = record.cells.map((cell) =>
    withSteps(cell, (step) => ({ ...step, expert: step.step < 2 ? "transformer" : "transformer_2" })),
  );
  expect(curvesFigure({ ...record, cells: experts }).notes).toEqual([
    "Experts take turns: transformer, transformer_2 from step 2.",
  ]);
  const [, other] = experts;
  if (other === undefined) throw new Error("the sample lacks a cell");
  expect(curvesFigure(withCell(record, 1, other)).notes).toEqual([
    "Experts take turns in step=4, shift=3.0, frame=9: transformer, transformer_2 from step 2.",
  ]);
});

test("cells that have not finished have no series, and the others keep their colours", () => {
  const whole = curvesFigure(syntheticRecord());
  const part = curvesFigure(withCell(syntheticRecord(), 1, { status: "missing", steps: [] }));
  expect(part.series).toEqual(whole.series.filter((_, i) => i !== 1));
});

test("a record without a finished cell is an empty figure with a word about it", () => {
  const record = withCell(syntheticRecord([plain]), 0, { status: "failed", steps: [] });
  const figure = curvesFigure(record);
  expect(figure.series).toEqual([]);
  expect(figure.notes.join(" ")).toContain("No cell has finished");
  expect(figure.rows[0]?.panels[0]?.traces).toEqual([]);
});

test("a value that is not finite breaks the line", () => {
  const record = withStepsOf(syntheticRecord([syntheticCell()]), 0, (step, i) => ({
    ...step,
    differences: step.differences.map((difference) =>
      i === 4 && difference.whole !== undefined
        ? { ...difference, whole: { ...difference.whole, sumAbsDifference: Number.NaN } }
        : difference,
    ),
  }));
  const figure = curvesFigure(record);
  const [trace] = figure.rows[0]?.panels[0]?.traces ?? [];
  expect(trace?.y.map((value) => value === null)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0].map(Boolean));
});

test("a cell of one step has a latent and a schedule, and no prediction to compare", () => {
  const figure = curvesFigure(syntheticRecord([syntheticCell({ steps: 1, sigmas: shifted(1, 1) })]));
  expect(figure.rows.map(({ panels }) => panels.map(({ traces }) => traces[0]?.x.length))).toEqual([
    [0, 0, 1],
    [0, 0, 1],
    [1, 1, 1],
  ]);
});

describe("the range of a measured axis", () => {
  test("starts at 0 while values stay within two decades, and is logarithmic beyond", () => {
    expect(rangeOf([[0.005, null, 0.15]])).toEqual({ scale: "linear", domain: [0, expect.closeTo(0.1575, 9)] });
    expect(rangeOf([[0.001, 0.15]]).scale).toBe("log");
  });

  test("does not follow what cannot be drawn", () => {
    expect(rangeOf([[Number.NaN, Number.POSITIVE_INFINITY, 2]]).domain).toEqual([0, 2.1]);
    expect(rangeOf([[0, null]])).toEqual({ scale: "linear", domain: [0, 1] });
  });
});
