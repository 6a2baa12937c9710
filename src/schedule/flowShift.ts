/** S(s, t) = s·t / (1 + (s − 1)·t) in float64, exactly 1 at t = 1; its inverse is S(1/s, ·). */
export function flowShift(s: number, t: number): number {
  return (s * t) / (s * t + (1 - t));
}

function float32Grid(steps: number, shifted: (t: number) => number): number[] {
  return Array.from({ length: steps }, (_, index) => (index === 0 ? 1 : shifted(Math.fround((steps - index) / steps))));
}

/**
 * The flow shift in the float32 arithmetic of diffusers: HunyuanVideoPipeline sends linspace(1, 0, N + 1)
 * without its end to FlowMatchEulerDiscreteScheduler(shift = s), which casts it and shifts it in float32,
 * each operation rounded on its own. Rounding a float64 result once differs in about a third of the values.
 * The first sigma is φ(1) = 1 by definition; for a few s (0.2, 0.4) that arithmetic would miss it by one ulp.
 */
export function flowShiftFloat32(s: number, steps: number): number[] {
  return float32Grid(steps, (t) => shiftedFloat32(s, t));
}

/** One value of {@link flowShiftFloat32}; t is a float32. */
export function shiftedFloat32(s: number, t: number): number {
  const f = Math.fround;
  return f(f(f(s) * t) / f(1 + f(f(s - 1) * t)));
}

/**
 * The same function as diffusers computes it where shifting is dynamic, m/(m + (1/t − 1)) with m = e^μ (exponential)
 * or m = μ (linear): other roundings than {@link flowShiftFloat32}.
 */
export function dynamicShiftFloat32(m: number, steps: number): number[] {
  const f = Math.fround;
  return float32Grid(steps, (t) => f(f(m) / f(f(m) + f(f(1 / t) - 1))));
}
