import { describe, expect, test } from "vitest";
import { columns, nonFinite, rows } from "../../src/analysis/row.ts";
import type { Step } from "../../src/generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import { synthetic, syntheticCell, syntheticRecord, withCell, withStepsOf } from "./synthetic.ts";

/** The exported columns; more may follow, but these must keep their order. */
const promised = [
  "cell_id",
  "step",
  "steps",
  "timestep",
  "sigma",
  "sigma_next",
  "latent_in_abs_mean",
  "cond_abs_mean",
  "cfg_abs_mean",
  "latent_out_abs_mean",
  "latent_rel_l1",
  "cond_rel_l1",
  "cfg_rel_l1",
  "schedule",
  "shift",
  "frames",
  "height",
  "width",
  "seed",
  "prompt",
  "negative_prompt",
  "guidance_scale",
  "true_cfg_scale",
  "sampler",
  "solver_state",
];

test("the promised columns come first, in their order, and every row has all columns", () => {
  expect(columns.slice(0, promised.length)).toEqual(promised);
  for (const row of rows(syntheticRecord())) expect(Object.keys(row)).toEqual(columns);
});

test("the quickstart's four cells make sixty rows, one per cell and step, in order", () => {
  const table = rows(syntheticRecord());
  expect(table).toHaveLength(60);
  expect(table.map(({ step }) => step).slice(0, 21)).toEqual([...Array(10).keys(), ...Array(10).keys(), 0]);
});

test("a prediction of step 0 has nothing before it; a latent has", () => {
  for (const row of rows(syntheticRecord())) {
    expect(row.cond_rel_l1 === null).toBe(row.step === 0);
    expect(row.cfg_rel_l1 === null).toBe(row.step === 0);
    expect(row.latent_rel_l1).not.toBeNull();
  }
});

test("values agree with the sums", () => {
  const [, row] = rows(syntheticRecord([syntheticCell({ steps: 4, shift: 1 })]));
  expect(row).toMatchObject({
    sigma: 0.75,
    sigma_next: 0.5,
    timestep: 750,
    schedule: "linear",
    shift: 1,
    weights: "bundled",
  });
  expect(row?.cond_abs_mean).toBeCloseTo(synthetic.condMean, 12);
  expect(row?.latent_in_abs_mean).toBeCloseTo(synthetic.latentMean(0.75), 12);
  expect(row?.latent_out_abs_mean).toBeCloseTo(synthetic.latentMean(0.5), 12);
  expect(row?.cond_rel_l1).toBeCloseTo(synthetic.travelled(0.75), 12);
  expect(row?.latent_rel_l1).toBeCloseTo((0.25 * synthetic.cfgMean) / synthetic.latentMean(0.75), 12);
});

test("without true CFG there is no uncond and cfg repeats cond", () => {
  for (const row of rows(syntheticRecord([syntheticCell({ true_cfg_scale: 1, negative_prompt: null })]))) {
    expect(row.uncond_abs_mean).toBeNull();
    expect(row.cfg_rel_l1).toBe(row.cond_rel_l1);
  }
});

test("cells that did not finish have no rows", () => {
  const record = withCell(syntheticRecord(), 0, { status: "failed" });
  expect(rows(record)).toHaveLength(50);
  expect(rows(withCell(record, 1, { status: "missing", steps: [] }))).toHaveLength(40);
});

describe("non-finite elements", () => {
  test("are counted over all signals of a step", () => {
    const record = syntheticRecord([syntheticCell()]);
    const inStep = (some: SweepRecord) => some.cells[0]?.steps.map(nonFinite)[3];
    expect(inStep(record)).toBe(0);
    expect(inStep(withStepsOf(record, 0, poisoned))).toBe(2 * 5);
  });
});

function poisoned(step: Step): Step {
  const signals = step.signals.map((signal) =>
    signal.whole === undefined ? signal : { ...signal, whole: { ...signal.whole, nonFinite: 2n } },
  );
  return { ...step, signals };
}
