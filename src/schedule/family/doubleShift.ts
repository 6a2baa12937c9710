import { flowShift, shiftedFloat32 } from "../flowShift.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { toLastSigma } from "../shape.ts";

/**
 * What FlowMatchEulerDiscreteScheduler(shift = s) runs where a pipeline gives it no sigmas, and ComfyUI's `normal`:
 * its grid already ends at the shifted S(s, .001) and is shifted once more. Here to be compared with, not advised. The
 * last sigma is S(s, S(s, .001)), .047 for s = 7, and the last step falls from there to 0.
 */
export const doubleShift = family({
  name: "double-shift",
  summary: "diffusers' default grid without custom sigmas (ComfyUI's normal): shifted twice.",
  formula: "σᵢ = S(s, 1 − (1 − S(s, .001))·i/(N − 1)), S the flow shift",
  slopes: "φ'(1) = (1 − S(s, .001))/s for large N; the last step falls by S(s, S(s, .001))",
  source: "diffusers FlowMatchEulerDiscreteScheduler.set_timesteps; ComfyUI normal_scheduler",
  example: "double-shift:7",
  parameters: { s: number("the shift", { min: 0, open: "min" }) },
  build: ({ s }) => {
    const lowest = shiftedFloat32(s, Math.fround(0.001));
    return toLastSigma((u) => flowShift(s, 1 + u * (lowest - 1)));
  },
});
