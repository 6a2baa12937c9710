import { describe, expect, test } from "vitest";
import { roundingShare, warnings } from "../../src/analysis/warning.ts";
import {
  Difference,
  FailureReason,
  Model,
  type Provenance,
  type Step,
  Weights,
} from "../../src/generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../../src/record/record.ts";
import {
  syntheticCell,
  syntheticCellRecord,
  syntheticProvenance,
  syntheticRecord,
  withCell,
  withSteps,
  withStepsOf,
} from "./synthetic.ts";

const kinds = (record: SweepRecord) => warnings(record).map(({ kind }) => kind);

function onModel(record: SweepRecord, change: Partial<NonNullable<Provenance["model"]>>): SweepRecord {
  const model = syntheticProvenance.model;
  if (model === undefined) throw new Error("the synthetic provenance has a model");
  const provenance: Provenance = { ...syntheticProvenance, model: { ...model, ...change } };
  const cells = record.cells.map((cell) => ({ ...cell, started: cell.started && { ...cell.started, provenance } }));
  return { ...record, manifest: { ...record.manifest, provenance }, cells };
}

const trained = (record: SweepRecord) => onModel(record, { weights: Weights.WEIGHTS_PRETRAINED });

/** The latent of these steps did not move. */
function stuck(cell: CellRecord, steps: readonly number[]): CellRecord {
  const still = (step: Step): Step => ({
    ...step,
    differences: step.differences.map((difference) =>
      difference.difference === Difference.DIFFERENCE_LATENT && difference.whole !== undefined
        ? { ...difference, whole: { ...difference.whole, sumAbsDifference: 0 } }
        : difference,
    ),
  });
  return withSteps(cell, (step, i) => (steps.includes(i) ? still(step) : step));
}

test("a finished sweep of a trained model has no warnings", () => {
  expect(warnings(trained(syntheticRecord()))).toEqual([]);
});

test("a prompt that a text encoder cut is named with what was kept, for the cells that have it", () => {
  const record = trained(syntheticRecord());
  const started = record.cells[0]?.started;
  if (!started) throw new Error("the cell has not started");
  const read = { encoder: "text_encoder", negative: false, tokens: 62, kept: 16, cut: "the rest of it" };
  const cut = withCell(record, 0, { started: { ...started, tokens: [read, { ...read, encoder: "b", cut: "" }] } });
  expect(warnings(cut).filter(({ kind }) => kind === "tokens")).toEqual([
    {
      kind: "tokens",
      about: "figure",
      message: expect.stringMatching(/text_encoder reads 16 of 62 tokens, without "the rest of it"/),
      cells: [record.cells[0]?.cellId],
    },
  ]);
});

describe("weights", () => {
  test.each([
    [Weights.WEIGHTS_RANDOM, "random"],
    [Weights.WEIGHTS_BUNDLED, "bundled"],
    [Weights.WEIGHTS_UNSPECIFIED, "did not say"],
  ])("%s are reported", (weights, word) => {
    const [warning] = warnings(onModel(syntheticRecord(), { weights }));
    expect(warning).toMatchObject({ kind: "weights", about: "figure", cells: [] });
    expect(warning?.message).toContain(word);
  });
});

test("a cell that started from noise below σ = 1 is reported", () => {
  const whole = trained(syntheticRecord());
  const [, second] = whole.cells;
  if (second === undefined || second.started === null) throw new Error("the synthetic cell started");
  const sigmas = second.cell.sigmas.map((sigma) => Math.fround(sigma * 0.9));
  const started = { ...second.started, sigmas };
  const record = withCell(whole, 1, { cell: { ...second.cell, sigmas }, started });
  expect(warnings(record)).toEqual([
    { kind: "sigmas", about: "figure", message: expect.stringContaining("below σ = 1"), cells: ["cell0001"] },
  ]);
});

test("a repeated cell is reported with both names", () => {
  const record = trained(syntheticRecord());
  const repeats = [
    { asked: "schedule=shift:1", as: "schedule=linear", cells: 2 },
    { asked: "seed=3", as: "seed=3", cells: 1 },
  ];
  expect(warnings({ ...record, manifest: { ...record.manifest, repeats } })).toEqual([
    {
      kind: "repeats",
      about: "figure",
      message:
        "3 cells of the experiment repeat others and ran once: schedule=shift:1 is schedule=linear (2 cells); " +
        "seed=3 appears more than once.",
      cells: [],
    },
  ]);
});

describe("cells", () => {
  test("that are missing or failed are counted, with the reasons", () => {
    const failed = { reason: FailureReason.FAILURE_REASON_OUT_OF_MEMORY, message: "out of memory", stepsDone: 3 };
    const record = withCell(trained(syntheticRecord()), 0, { status: "failed", steps: [], failed });
    const [missing, broken] = warnings(withCell(record, 2, { status: "missing", steps: [], started: null }));
    expect(missing).toMatchObject({ kind: "cells", cells: ["cell0002"] });
    expect(broken?.message).toBe("1 cell failed (out of memory).");
  });

  test("that ran other sigmas than those sent are named; exact float32 is not a difference", () => {
    const record = trained(syntheticRecord());
    const started = record.cells[1]?.started;
    if (started === undefined || started === null) throw new Error("the synthetic cell started");
    const sigmas = started.sigmas.with(1, 0.5);
    expect(warnings(withCell(record, 1, { started: { ...started, sigmas } }))).toMatchObject([
      { kind: "sigmas", cells: ["cell0001"] },
    ]);
  });

  test("that ran in batches or on different servers are reported", () => {
    const record = trained(syntheticRecord());
    expect(kinds(withStepsOf(record, 0, (step) => ({ ...step, batchSize: 2 })))).toEqual(["batched"]);
    const started = syntheticRecord().cells[0]?.started;
    if (started === undefined || started === null) throw new Error("the synthetic cell started");
    // With batched CFG, one cell has two samples.
    const joined = withStepsOf(syntheticRecord(), 0, (step) => ({ ...step, batchSize: 2 }));
    expect(kinds(trained(withCell(joined, 0, { started: { ...started, rows: 2 } })))).toEqual([]);
    const other = { ...record.manifest.provenance, device: { kind: "cuda", name: "H100", memoryBytes: 1n } };
    expect(kinds(withCell(record, 0, { started: { ...started, provenance: other } }))).toEqual(["provenance"]);
  });
});

test("if models differ, their weights are reported by name", () => {
  const record = syntheticRecord(
    ["random:a", "random:b", "c"].map((model) => syntheticCell({ model })),
    ["model"],
  );
  const cells = record.cells.map((cell) => {
    const id = cell.cell.model ?? "";
    const weights = id === "c" ? Weights.WEIGHTS_PRETRAINED : Weights.WEIGHTS_RANDOM;
    const provenance = { ...record.manifest.provenance, model: Model.fromPartial({ id, weights }) };
    return { ...cell, started: cell.started && { ...cell.started, provenance } };
  });
  expect(warnings({ ...record, cells })).toMatchObject([
    { kind: "weights", message: expect.stringMatching(/^The weights of random:a, random:b are random, never trained/) },
  ]);
});

test("non-finite elements are counted over a cell", () => {
  const record = withStepsOf(trained(syntheticRecord()), 3, (step, i) => ({
    ...step,
    signals: step.signals.map((signal) =>
      i === 5 && signal.whole !== undefined ? { ...signal, whole: { ...signal.whole, nonFinite: 3n } } : signal,
    ),
  }));
  const [warning] = warnings(record);
  expect(warning).toMatchObject({ kind: "non_finite", about: "curves", cells: ["cell0003"] });
  expect(warning?.message).toContain("15 NaN or infinite");
});

describe("a stock solver state", () => {
  const stock = () => syntheticRecord([syntheticCell({ solver_state: "stock", steps: 20 })]);
  const bf16 = { weights: Weights.WEIGHTS_PRETRAINED, transformerDtype: "bfloat16" };

  test("is a warning with a 16-bit transformer only", () => {
    expect(kinds(onModel(stock(), bf16))).toEqual(["solver_state"]);
    expect(kinds(trained(stock()))).toEqual([]);
    expect(kinds(onModel(syntheticRecord(), bf16))).toEqual([]);
  });

  test("says how many steps were lost to rounding", () => {
    const record = onModel(stock(), bf16);
    const cell = record.cells[0];
    if (cell === undefined) throw new Error("the synthetic record has a cell");
    const [warning] = warnings({ ...record, cells: [stuck(cell, [10, 11, 12, 13])] });
    expect(warning?.about).toBe("latent");
    expect(warning?.message).toContain("In 4 of 20 steps");
  });
});

describe("the rounding share", () => {
  const cell = (change = {}) => syntheticCellRecord({ cellId: "c", cell: syntheticCell({ steps: 20, ...change }) });

  test("is 0 if the latent moves by Euler's rule, and counts the steps that do not move", () => {
    expect(roundingShare(cell())).toEqual({ still: 0, steps: 20, share: 0 });
    expect(roundingShare(stuck(cell(), [3, 4, 5, 6, 7]))).toEqual({ still: 5, steps: 20, share: 0.25 });
  });

  test("is null for other samplers than Euler", () => {
    expect(roundingShare(cell({ sampler: "dpm++2m" }))).toBeNull();
  });
});

test("warnings of the record's reader are passed on", () => {
  const record = { ...trained(syntheticRecord()), warnings: ["The last line was torn."] };
  expect(warnings(record)).toEqual([
    { kind: "record", about: "figure", message: "The last line was torn.", cells: [] },
  ]);
});
