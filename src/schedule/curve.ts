/** φ: [0, 1] → [0, 1], increasing, φ(0) = 0. A schedule of N steps samples it at t = 1 − i/N. */
export type ShiftFunction = (t: number) => number;

/**
 * σ at position x of a run of N steps: x = 0 is the start, x = N the terminal 0, and whole x are the steps.
 * Between steps it is continuous and decreasing, so that schedules can be joined and drawn.
 */
export type SigmaAt = (x: number, steps: number) => number;

/** Slopes of φ where sampling begins (t = 1) and where it ends (t = 0). */
export interface EndSlopes {
  readonly start: number;
  readonly terminal: number;
}

/** What a schedule kind builds from its parameters: σ as a function, before any check or rounding. */
export interface Curve {
  readonly sigmaAt: SigmaAt;
  /** The shift function that is sampled for every N; null if the curve depends on N. */
  readonly phi: ShiftFunction | null;
  /** The flow shift that gives the same sigmas, or null. */
  readonly shift: number | null;
  /** The only number of steps possible (a list of sigmas), or null if any is. */
  readonly fixedSteps: number | null;
  /** In closed form; null if unknown or dependent on N. */
  readonly endSlopes: EndSlopes | null;
  /** The float32 arithmetic of a pipeline, reproduced bit for bit; null: each σ is rounded once from float64. */
  readonly float32: ((steps: number) => number[]) | null;
}

type Extras = Partial<Pick<Curve, "shift" | "fixedSteps" | "endSlopes" | "float32">>;

const PLAIN = { phi: null, shift: null, fixedSteps: null, endSlopes: null, float32: null };

/** A curve that samples one shift function for every N. */
export function fromShiftFunction(phi: ShiftFunction, extras: Extras = {}): Curve {
  return { ...PLAIN, ...extras, phi, sigmaAt: (x, steps) => phi((steps - x) / steps) };
}

/** A curve that depends on N. */
export function fromSigmaAt(sigmaAt: SigmaAt, extras: Extras = {}): Curve {
  return { ...PLAIN, ...extras, sigmaAt };
}

/**
 * A curve on the grid i/(N − 1), which includes both ends: it reaches its last sigma at step N − 1, and the last step
 * goes from there to the terminal 0.
 *
 * @param sigma σ at u = i/(N − 1) in [0, 1]; u is 0 if N = 1
 */
export function fromInclusiveGrid(sigma: (u: number, steps: number) => number, extras: Extras = {}): Curve {
  return fromSigmaAt((x, steps) => {
    const last = steps - 1;
    if (x <= last) return sigma(last === 0 ? 0 : x / last, steps);
    return sigma(last === 0 ? 0 : 1, steps) * (steps - x);
  }, extras);
}

/**
 * A curve known only at its steps; between them, and from the last one to the terminal 0, it is linear.
 *
 * @param sigma σ at step `index`, from 0 to N − 1
 */
export function fromSteps(sigma: (index: number, steps: number) => number, extras: Extras = {}): Curve {
  return fromSigmaAt((x, steps) => {
    const at = (index: number): number => (index < steps ? sigma(index, steps) : 0);
    const index = Math.floor(x);
    return index === x ? at(index) : at(index) + (x - index) * (at(index + 1) - at(index));
  }, extras);
}

/** A curve given by its values. */
export function fromValues(values: readonly number[]): Curve {
  return fromSteps((index) => values[index] ?? 0, { fixedSteps: values.length });
}

/** Δσ of each step, the last one down to the terminal 0. All are positive; they sum to the first sigma. */
export function stepSizes(sigmas: readonly number[]): number[] {
  return sigmas.map((sigma, index) => sigma - (sigmas[index + 1] ?? 0));
}

/** The slope of a shift function at one place. */
export interface SlopePoint {
  /** 1 − t: 0 where sampling begins, 1 where it ends. */
  readonly oneMinusT: number;
  /** φ'(t), averaged over a short interval. */
  readonly slope: number;
}

/**
 * φ' as mean slopes over `pieces` intervals of equal length, each placed at the middle of its interval.
 * If the curve depends on N, it is evaluated for N = `steps`.
 */
export function slopeCurve({ sigmaAt }: Pick<Curve, "sigmaAt">, steps: number, pieces = 400): SlopePoint[] {
  const sigma = (oneMinusT: number): number => sigmaAt(oneMinusT * steps, steps);
  return Array.from({ length: pieces }, (_, piece) => ({
    oneMinusT: (piece + 0.5) / pieces,
    slope: (sigma(piece / pieces) - sigma((piece + 1) / pieces)) * pieces,
  }));
}
