import type { Finding } from "./finding.ts";
import { cfgTable } from "./findings/cfgTable.ts";
import { customSigmas } from "./findings/customSigmas.ts";
import { endSlopes } from "./findings/endSlopes.ts";
import { families } from "./findings/families.ts";
import { frames } from "./findings/frames.ts";
import { guidance } from "./findings/guidance.ts";
import { models } from "./findings/models.ts";
import { noise } from "./findings/noise.ts";
import { prompts } from "./findings/prompts.ts";
import { quickstart } from "./findings/quickstart.ts";
import { resolution } from "./findings/resolution.ts";
import { samplers } from "./findings/samplers.ts";
import { schedules } from "./findings/schedules.ts";
import { shift } from "./findings/shift.ts";
import { steps } from "./findings/steps.ts";
import { terminalSlope } from "./findings/terminalSlope.ts";

/** The gallery, in its order: the article's own figures, what it says may change them, its questions on shift functions, its models. */
export const gallery: readonly Finding[] = [
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
