import { beta, beta57 } from "./family/beta.ts";
import { blend } from "./family/blend.ts";
import { cdf } from "./family/cdf.ts";
import { cdfWindow } from "./family/cdfWindow.ts";
import { comfy } from "./family/comfy.ts";
import { compose } from "./family/compose.ts";
import { cosine } from "./family/cosine.ts";
import { cosmap } from "./family/cosmap.ts";
import { distilled } from "./family/distilled.ts";
import { doubleShift } from "./family/doubleShift.ts";
import { exponential } from "./family/exponential.ts";
import { file } from "./family/file.ts";
import { flux2Shift } from "./family/flux2Shift.ts";
import { g } from "./family/g.ts";
import { gridShift } from "./family/gridShift.ts";
import { karras } from "./family/karras.ts";
import { klOptimal } from "./family/klOptimal.ts";
import { laplace } from "./family/laplace.ts";
import { leading } from "./family/leading.ts";
import { linear } from "./family/linear.ts";
import { linearQuadratic } from "./family/linearQuadratic.ts";
import { linearQuadraticSmooth } from "./family/linearQuadraticSmooth.ts";
import { linspace } from "./family/linspace.ts";
import { logitNormal } from "./family/logitNormal.ts";
import { lorentz } from "./family/lorentz.ts";
import { muShift } from "./family/muShift.ts";
import { openSoraShift } from "./family/openSoraShift.ts";
import { optimalSteps } from "./family/optimalSteps.ts";
import { piecewise } from "./family/piecewise.ts";
import { points } from "./family/points.ts";
import { polyexponential } from "./family/polyexponential.ts";
import { polynomial } from "./family/polynomial.ts";
import { preset } from "./family/preset.ts";
import { resample } from "./family/resample.ts";
import { resolutionShift } from "./family/resolutionShift.ts";
import { reverse } from "./family/reverse.ts";
import { shift } from "./family/shift.ts";
import { sigmas } from "./family/sigmas.ts";
import { sigmoid } from "./family/sigmoid.ts";
import { stretch } from "./family/stretch.ts";
import { thousandths } from "./family/thousandths.ts";
import { tokenShift } from "./family/tokenShift.ts";
import { trailing } from "./family/trailing.ts";
import type { Family } from "./grammar/family.ts";

/** Every schedule that has a name, in the order in which the list shows them. */
export const FAMILIES: readonly Family[] = [
  linear,
  shift,
  resolutionShift,
  muShift,
  tokenShift,
  flux2Shift,
  openSoraShift,
  doubleShift,
  gridShift,
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
  resample,
  stretch,
  thousandths,
  blend,
  piecewise,
  reverse,
  compose,
  comfy,
  preset,
];
