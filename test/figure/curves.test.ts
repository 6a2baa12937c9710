import { describe, expect, test } from "vitest";
import { changePerSigmaFigure } from "../../src/figure/changePerSigma.ts";
import { curvesFigure } from "../../src/figure/curves.ts";
import { type Panel, panelsOf, type Series } from "../../src/figure/figure.ts";
import { checkGroup } from "../../src/figure/groups.ts";
import { axisTitle, rangeOf } from "../../src/figure/panel.ts";
import { automatic } from "../../src/figure/series.ts";
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

describe("the main figure", () => {
  const figure = curvesFigure(syntheticRecord());

  test("has a row of two panels per metric, cond, cfg and latent, and the schedules once", () => {
    expect(figure.rows.map(({ key }) => key)).toEqual(["cond", "cfg", "latent"]);
    for (const { key, panels } of figure.rows) {
      expect(panels.map(({ x, y }) => [x.label, y.label])).toEqual([
        ["step / steps", `${key} relative L1`],
        ["1000 − timestep", `${key} relative L1`],
      ]);
    }
    expect([figure.aside?.x.label, figure.aside?.y.label]).toEqual(["step / steps", "1000 − timestep"]);
    const keys = panelsOf(figure).map(({ key }) => key);
    expect(new Set(keys).size).toBe(7);
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

  test("leaves out corrector evaluations, with a note", () => {
    const plain = syntheticRecord([syntheticCell({ steps: 4, sampler: "heun" })]);
    const record = withStepsOf(plain, 0, (step) => {
      const { sigmaNext: sigma } = step;
      return sigma === 0 ? [step] : [step, { ...step, evaluation: 1, sigma, timestep: 1000 * sigma }];
    });
    const drawn = curvesFigure(record);
    const rowsOf = (panels: readonly Panel[] = []) => panels.map(({ traces }) => traces[0]?.rows);
    // The second evaluation copies the first, which in step 0 has no prediction before it.
    expect(rowsOf(drawn.rows[0]?.panels)).toEqual([
      [3, 5],
      [3, 5],
    ]);
    expect(rowsOf([...(drawn.rows[2]?.panels ?? []), ...(drawn.aside === null ? [] : [drawn.aside])])).toEqual([
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

  test("has every value within its axes", () => {
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

  test("names model, weights, dtype, solver state and versions", () => {
    for (const word of [
      "synthetic",
      "bundled weights",
      "float32",
      "solver state float32",
      "torch 2.9.0",
      "l1probe 0.1.0",
    ]) {
      for (const { subtitle, caption } of [figure, changePerSigmaFigure(syntheticRecord())])
        expect([...subtitle, caption].join(" ")).toContain(word);
    }
  });
});

test("a caption groups models by kind of weights", () => {
  const cells = ["random:a", "random:b", "c"].map((model) => syntheticCell({ model }));
  const record = syntheticRecord(cells, ["model"]);
  const changed = record.cells.map((cell) => {
    const { model = null } = cell.cell;
    const weights = model === "c" ? Weights.WEIGHTS_PRETRAINED : Weights.WEIGHTS_RANDOM;
    const provenance = { ...syntheticProvenance, model: Model.fromPartial({ id: model ?? "", weights }) };
    return { ...cell, started: cell.started && { ...cell.started, provenance } };
  });
  expect(curvesFigure({ ...record, cells: changed }).subtitle.at(-1)).toBe(
    "random:a, random:b (all random weights) · c (trained weights)",
  );
});

test("without true CFG, cfg is not drawn and a note says why", () => {
  const figure = curvesFigure(syntheticRecord([plain]));
  expect(figure.rows.map(({ key }) => key)).toEqual(["cond", "latent"]);
  expect(figure.notes.join(" ")).toContain("cfg equals cond");
  expect(curvesFigure(syntheticRecord([plain, syntheticCell()])).rows).toHaveLength(3);
});

test("a note names the step at which the expert changes, once if all cells agree", () => {
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
    "Experts take turns in shift:3: transformer, transformer_2 from step 2.",
  ]);
});

test("cells that have not finished have no series, and the others keep their colours", () => {
  const whole = curvesFigure(syntheticRecord());
  const part = curvesFigure(withCell(syntheticRecord(), 1, { status: "missing", steps: [] }));
  const looks = ({ id, label, style }: Series) => ({ id, label, style });
  expect(part.series.map(looks)).toEqual(whole.series.filter((_, i) => i !== 1).map(looks));
});

test("a record without a finished cell is an empty figure with a note", () => {
  const record = withCell(syntheticRecord([plain]), 0, { status: "failed", steps: [] });
  const figure = curvesFigure(record);
  expect(figure.series).toEqual([]);
  expect(figure.notes.join(" ")).toContain("No cell has finished");
  expect(figure.rows[0]?.panels[0]?.traces).toEqual([]);
});

test("a non-finite value breaks the line, and its step is marked", () => {
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
  expect(trace?.nonFinite).toBe(3);
  expect(figure.notes.join(" ")).toContain("NaN or infinite");
});

test("a cell of one step has a latent and a schedule, and no prediction to compare", () => {
  const figure = curvesFigure(syntheticRecord([syntheticCell({ steps: 1, sigmas: shifted(1, 1) })]));
  expect(figure.rows.map(({ panels }) => panels.map(({ traces }) => traces[0]?.x.length))).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
  ]);
  expect(figure.aside?.traces[0]?.x).toHaveLength(1);
});

describe("the range of a measured axis", () => {
  test("starts at 0 while values stay within two decades, and is logarithmic beyond", () => {
    expect(rangeOf([[0.005, null, 0.15]])).toEqual({ scale: "linear", domain: [0, expect.closeTo(0.1575, 9)] });
    expect(rangeOf([[0.001, 0.15]]).scale).toBe("log");
  });

  test("is logarithmic, and says so, if a single outlier would flatten the rest", () => {
    const range = rangeOf([Array.from({ length: 40 }, () => 0.1), [2]]);
    expect(range.scale).toBe("log");
    expect(axisTitle({ quantity: "", label: "L1", unit: null, ...range })).toBe("L1 (log)");
  });

  test("ignores values that cannot be drawn", () => {
    expect(rangeOf([[Number.NaN, Number.POSITIVE_INFINITY, 2]]).domain).toEqual([0, 2.1]);
    expect(rangeOf([[0, null]])).toEqual({ scale: "linear", domain: [0, 1] });
  });
});

describe("the subtitle", () => {
  test("says prompt, size, frames, guidance, seed, sampler, model and weights", () => {
    expect(curvesFigure(syntheticRecord()).subtitle).toEqual([
      "“a red circle moving right on a blue background”",
      "64×64 · 9 frames · CFG 3 · seed 0 · euler",
      "synthetic (no model ran) (bundled weights)",
    ]);
  });

  test("leaves out what varies, which the legend says", () => {
    const cells = [5, 10].flatMap((steps) => [64, 96].map((height) => syntheticCell({ steps, height })));
    const { subtitle, series } = curvesFigure(syntheticRecord(cells, ["steps", "height"]));
    expect(subtitle[1]).toBe("9 frames · linear · CFG 3 · seed 0 · euler");
    expect(series[0]?.label).toBe("5 steps · height 64");
  });
});

describe("cells that differ in seed and prompt only", () => {
  const cells = [1, 7].flatMap((shift) => Array.from({ length: 6 }, (_, seed) => syntheticCell({ shift, seed })));
  const record = syntheticRecord(cells, ["schedule", "seed"]);
  const scaled = {
    ...record,
    cells: record.cells.map((cell) =>
      withSteps(cell, (step) => ({
        ...step,
        differences: step.differences.map((difference) => ({
          ...difference,
          whole: difference.whole && {
            ...difference.whole,
            sumAbsDifference: difference.whole.sumAbsDifference * (1 + cell.cell.seed),
          },
        })),
      })),
    ),
  };

  test("become a median and a 10–90 % band of each condition, with their number", () => {
    const { series, rows, subtitle } = curvesFigure(scaled);
    expect(series.map(({ label, cells: members }) => [label, members.length])).toEqual([
      ["linear", 6],
      ["shift:7", 6],
    ]);
    expect(subtitle.at(-1)).toContain("n = 6");
    const [trace] = rows[0]?.panels[0]?.traces ?? [];
    const single = curvesFigure(record, { ...automatic, group: [] }).rows[0]?.panels[0]?.traces[0]?.y ?? [];
    // The curves are 1 to 6 times the first: their median is 3.5 times, their deciles 1.5 and 5.5 times.
    const times = (factor: number) => single.map((value) => expect.closeTo((value ?? 0) * factor, 9));
    expect(trace?.y).toEqual(times(3.5));
    expect(trace?.band).toEqual({ low: times(1.5), high: times(5.5) });
  });

  test("are drawn one by one on request, and if they are four or fewer", () => {
    expect(curvesFigure(record, { ...automatic, group: [] }).series).toHaveLength(12);
    expect(curvesFigure(syntheticRecord(cells.slice(0, 4), ["seed"])).series).toHaveLength(4);
  });

  test("are summarised over other axes on request, but not over axes that move the steps", () => {
    expect(
      curvesFigure(syntheticRecord(cells.slice(0, 3), ["seed"]), { ...automatic, group: ["seed"] }).series,
    ).toHaveLength(1);
    expect(() => checkGroup(["seed", "frames"], "--group")).not.toThrow();
    expect(() => checkGroup(["steps"], "--group")).toThrow(/steps/);
    expect(() => checkGroup(["sead"], "--group")).toThrow(/sead/);
  });
});

test("curves that lie on each other are named, with the distance that they keep to", () => {
  const cells = ["euler", "heun", "unipc"].map((sampler) => syntheticCell({ sampler }));
  const { notes } = curvesFigure(syntheticRecord(cells, ["sampler"]));
  expect(notes).toEqual(["euler, heun and unipc agree within 1e-6 in cond, cfg and latent."]);
  expect(curvesFigure(syntheticRecord()).notes).toEqual([]);
});

describe("differences", () => {
  test("are from the cell with that schedule and equal everything else; the reference's own are 0", () => {
    const { rows, series, notes } = curvesFigure(syntheticRecord(), { ...automatic, against: "shift:7" });
    const [linear, reference] = rows[2]?.panels[0]?.traces ?? [];
    expect(reference?.y).toEqual(reference?.y.map(() => 0));
    const plain = curvesFigure(syntheticRecord()).rows[2]?.panels[0]?.traces ?? [];
    expect(linear?.y).toEqual(plain[0]?.y.map((y, i) => expect.closeTo((y ?? 0) - (plain[1]?.y[i] ?? 0), 12)));
    expect(series).toHaveLength(4);
    expect(notes[0]).toContain("shift:7");
  });

  test("from one cell are interpolated between its steps", () => {
    const { rows } = curvesFigure(syntheticRecord(), { ...automatic, against: "cell0000" });
    const plain = curvesFigure(syntheticRecord()).rows[2]?.panels[0]?.traces ?? [];
    const [ten, twenty] = [plain[0]?.y ?? [], plain[2]?.y ?? []];
    const at = (i: number) =>
      i % 2 === 0 ? (ten[i / 2] ?? 0) : ((ten[(i - 1) / 2] ?? 0) + (ten[(i + 1) / 2] ?? 0)) / 2;
    const expected = twenty.map((y, i) => (i === 19 ? null : expect.closeTo((y ?? 0) - at(i), 12)));
    expect(rows[2]?.panels[0]?.traces[2]?.y).toEqual(expected);
  });

  test("from nothing in the record are refused", () => {
    for (const against of ["shift:3", "cell", "nonsense"])
      expect(() => curvesFigure(syntheticRecord(), { ...automatic, against })).toThrow(/against|begin/);
  });
});
