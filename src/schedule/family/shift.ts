import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/** S(s, t) = s·t / (1 + (s − 1)·t) in float64, exactly 1 at t = 1; its inverse is S(1/s, ·). */
export function flowShift(s: number, t: number): number {
  return (s * t) / (s * t + (1 - t));
}

/**
 * The flow shift in the float32 arithmetic of diffusers: HunyuanVideoPipeline sends linspace(1, 0, N + 1)
 * without its end to FlowMatchEulerDiscreteScheduler(shift = s), which casts it and shifts it in float32,
 * each operation rounded on its own. Rounding a float64 result once differs in about a third of the values.
 * The first sigma is φ(1) = 1 by definition; for a few s (0.2, 0.4) that arithmetic would miss it by one ulp.
 */
export function flowShiftFloat32(s: number, steps: number): number[] {
  const f = Math.fround;
  const [scale, less] = [f(s), f(s - 1)];
  return Array.from({ length: steps }, (_, index) => {
    if (index === 0) return 1;
    const t = f((steps - index) / steps);
    return f(f(scale * t) / f(1 + f(less * t)));
  });
}

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
    fromShiftFunction((t) => flowShift(s, t), { shift: s, float32: (steps) => flowShiftFloat32(s, steps) }),
  endSlopes: ({ s }) => ({ start: 1 / s, terminal: s }),
});
