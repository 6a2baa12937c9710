import { z } from "zod";
import { ProbeError } from "../../src/errors.ts";

/*
 * The numbers that the gallery stores per experiment: enough to rewrite its sentences and to check that experiment,
 * figure and sentences still belong together.
 */

/** A value of a curve and its position. */
const place = z.strictObject({
  value: z.number(),
  /** step / steps. */
  fraction: z.number(),
  /** 1000 − timestep. */
  elapsed: z.number(),
});

/** A relative L1 along a cell, dimensionless. `first` is its first value, of step 1 for predictions; `total` their sum. */
const curve = z.strictObject({ first: place, minimum: place, maximum: place, last: place, total: z.number() });

/** Mean absolute value along a cell, in the signal's unit. */
const meanAbs = z.strictObject({ first: z.number(), second: z.number(), least: z.number(), last: z.number() });

const cell = z.strictObject({
  /** As in the figure's legend. */
  label: z.string(),
  /** The values of the axes that the experiment sweeps. */
  axes: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  cond: curve,
  cfg: curve,
  latent: curve,
  /** Pearson's correlation of the latent's relative L1 with Δσ over the steps. */
  latentWithStepSize: z.number(),
  meanAbs: z.strictObject({ latent: meanAbs, cond: meanAbs, cfg: meanAbs }),
});

const experiment = z.strictObject({
  /** The caption of its figures: model, weights, dtype, solver state, sampler, device, versions and time. */
  caption: z.string(),
  /** A sha256 over everything that can change its cells' numbers, except the model. */
  cellsHash: z.string(),
  cells: z.array(cell).min(1),
  /** The table of mean absolute values, if the gallery shows it. */
  table: z.array(z.string()).nullable(),
});

const schema = z.strictObject({ format: z.literal(1), experiments: z.record(z.string(), experiment) });

export type MeasuredCurve = z.infer<typeof curve>;
export type MeasuredCell = z.infer<typeof cell>;
export type MeasuredExperiment = z.infer<typeof experiment>;
/** By the experiment's name. */
export type Measured = Readonly<Record<string, MeasuredExperiment>>;

/** @throws ProbeError kind input if the text is not a file of measurements */
export function readMeasured(text: string, file: string): Measured {
  try {
    return schema.parse(JSON.parse(text)).experiments;
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : ProbeError.from(thrown).message;
    throw new ProbeError(
      "input",
      `${file} is not a gallery's file of measurements: ${why}; remove it and run make gallery.`,
      {
        cause: thrown,
      },
    );
  }
}

/** JSON with one line per cell, for readable diffs. */
export function measuredText(measured: Measured): string {
  const experiments = Object.entries(measured).map(([name, { cells, ...rest }]) => {
    const lines = cells.map((each) => `  ${JSON.stringify(each)}`).join(",\n");
    const head = JSON.stringify(rest).slice(1, -1);
    return `${JSON.stringify(name)}: {${head}, "cells": [\n${lines}\n]}`;
  });
  return `{"format": 1, "experiments": {\n${experiments.join(",\n")}\n}}\n`;
}
