import { flowShift, flowShiftFloat32 } from "../flowShift.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/**
 * The flow shift of SD3, HunyuanVideo and Wan: slope 1/s where sampling begins and s where it ends.
 * Domain s > 0; s = 1 is linear, s < 1 moves steps towards σ = 0.
 */
export const shift = family({
  name: "shift",
  summary: "The flow shift of SD3, HunyuanVideo and Wan, bit for bit as HunyuanVideoPipeline runs it.",
  formula: "φ(t) = s·t / (1 + (s − 1)·t)",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206); diffusers FlowMatchEulerDiscreteScheduler",
  example: "shift:7",
  parameters: { s: number("the shift", { min: 0, open: "min" }) },
  build: ({ s }) =>
    fromShiftFunction((t) => flowShift(s, t), {
      shift: s,
      endSlopes: { start: 1 / s, terminal: s },
      float32: (steps) => flowShiftFloat32(s, steps),
    }),
});
