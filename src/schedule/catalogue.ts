import { cdf, cdfWindow } from "./kinds/cdf.ts";
import { blend, compose, piecewise, resample, reverse, shiftTerminal } from "./kinds/combinators.ts";
import { comfy } from "./kinds/comfyui.ts";
import { denoise } from "./kinds/denoise.ts";
import { exponential, karras, klOptimal, polyexponential } from "./kinds/edm.ts";
import { file, points, sigmas } from "./kinds/explicit.ts";
import {
  doubleShift,
  flux2Shift,
  gridShift,
  linear,
  muShift,
  resolutionShift,
  shift,
  tokenShift,
} from "./kinds/flowShift.ts";
import { knockOut } from "./kinds/knockOut.ts";
import { linearQuadratic, linearQuadraticSmooth } from "./kinds/linearQuadratic.ts";
import {
  beta,
  beta57,
  cosine,
  cosmap,
  g,
  laplace,
  logitNormal,
  lorentz,
  polynomial,
  sigmoid,
} from "./kinds/noiseSchedules.ts";
import { openSoraShift } from "./kinds/openSoraShift.ts";
import { slopes } from "./kinds/slopes.ts";
import { distilled, optimalSteps } from "./kinds/tables.ts";
import { leading, linspace, quantized, trailing } from "./kinds/timestepSpacing.ts";
import { preset } from "./presets/presets.ts";
import type { KindText, ScheduleKind } from "./scheduleKind.ts";

/** Every schedule that has a name, in the order in which the catalogue lists them. */
export const SCHEDULE_KINDS: readonly ScheduleKind[] = [
  linear,
  shift,
  resolutionShift,
  muShift,
  tokenShift,
  flux2Shift,
  openSoraShift,
  doubleShift,
  gridShift,
  slopes,
  linearQuadratic,
  linearQuadraticSmooth,
  g,
  lorentz,
  cdf,
  cdfWindow,
  karras,
  exponential,
  polyexponential,
  beta,
  beta57,
  klOptimal,
  cosine,
  cosmap,
  sigmoid,
  polynomial,
  logitNormal,
  laplace,
  optimalSteps,
  distilled,
  trailing,
  leading,
  linspace,
  sigmas,
  points,
  file,
  knockOut,
  resample,
  shiftTerminal,
  quantized,
  denoise,
  blend,
  piecewise,
  reverse,
  compose,
  comfy,
  preset,
];

/** One parameter as the catalogue shows it. */
export interface CatalogueParameter {
  readonly name: string;
  readonly doc: string;
  /** An interval, or the allowed words. */
  readonly allowed: string;
  readonly required: boolean;
  /** The default as text, or null. */
  readonly fallback: string | null;
}

/** One schedule kind as the catalogue shows it. */
export interface CatalogueEntry extends KindText {
  readonly parameters: readonly CatalogueParameter[];
  /** The number of schedules that follow, each after a `+`. */
  readonly operands: number;
}

/** Every schedule that has a name: the content of `l1probe schedule --list` and docs/schedules.md. */
export function catalogue(): CatalogueEntry[] {
  return SCHEDULE_KINDS.map(({ name, summary, formula, slopes, source, example, operands, parameters }) => ({
    name,
    summary,
    formula,
    slopes,
    source,
    example,
    operands,
    parameters: Object.entries(parameters).map(([key, { doc, allowed, fallback, write }]) => ({
      name: key,
      doc,
      allowed,
      required: fallback === undefined,
      fallback: fallback === undefined ? null : write(fallback),
    })),
  }));
}
