import type { Observation } from "./observation.ts";
import { cfgTable } from "./observations/cfgTable.ts";
import { customSigmas } from "./observations/customSigmas.ts";
import { endSlopes } from "./observations/endSlopes.ts";
import { families } from "./observations/families.ts";
import { frames } from "./observations/frames.ts";
import { guidance } from "./observations/guidance.ts";
import { models } from "./observations/models.ts";
import { noise } from "./observations/noise.ts";
import { prompts } from "./observations/prompts.ts";
import { quickstart } from "./observations/quickstart.ts";
import { resolution } from "./observations/resolution.ts";
import { samplers } from "./observations/samplers.ts";
import { schedules } from "./observations/schedules.ts";
import { shift } from "./observations/shift.ts";
import { steps } from "./observations/steps.ts";
import { terminalSlope } from "./observations/terminalSlope.ts";

/** Experiments that measure for advice (docs/recommend.md) and have no place in the gallery. */
export const forAdvice: readonly string[] = ["dependence", "held-out"];

/**
 * The gallery, in order: the figures of docs/article.md, what may change them, its questions on shift functions, its
 * models.
 */
export const gallery: readonly Observation[] = [
  quickstart,
  schedules,
  steps,
  shift,
  frames,
  resolution,
  cfgTable,
  guidance,
  noise,
  prompts,
  samplers,
  families,
  endSlopes,
  terminalSlope,
  customSigmas,
  models,
];
