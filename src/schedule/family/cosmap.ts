import { family } from "../grammar/family.ts";
import { fromShiftFunction } from "../shape.ts";

/** The cosine path's signal-to-noise ratio on the straight path: cos and sin in place of 1 − σ and σ. */
export const cosmap = family({
  name: "cosmap",
  summary: "SD3's CosMap: the cosine path's signal-to-noise ratios on the straight path.",
  formula: "φ(t) = sin(πt/2)/(sin(πt/2) + cos(πt/2))",
  slopes: "φ'(1) = π/2, φ'(0) = π/2",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "cosmap",
  parameters: {},
  build: () =>
    fromShiftFunction(
      (t) => {
        const [noise, signal] = [Math.sin((Math.PI / 2) * t), Math.cos((Math.PI / 2) * t)];
        return noise / (noise + signal);
      },
      { endSlopes: { start: Math.PI / 2, terminal: Math.PI / 2 } },
    ),
});
