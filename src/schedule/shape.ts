/** φ: [0, 1] → [0, 1], increasing, φ(0) = 0. A schedule of N steps samples it at t = 1 − i/N. */
export type ShiftFunction = (t: number) => number;

/**
 * σ at a place x of a run of N steps: x = 0 is the start, x = N the terminal 0, whole x are the steps.
 * Between the steps it is continuous and decreasing, so that schedules can be joined and drawn.
 */
export type Course = (x: number, steps: number) => number;

/** Slopes of φ where sampling begins (t = 1) and where it ends (t = 0). */
export interface EndSlopes {
  readonly start: number;
  readonly terminal: number;
}

/** What a family builds from its parameters: the numbers of a schedule before any check or rounding. */
export interface Shape {
  readonly course: Course;
  /** Where the schedule samples one function for every N; null where its form depends on N. */
  readonly phi: ShiftFunction | null;
  /** The flow shift that gives the same sigmas, or null where none does. */
  readonly shift: number | null;
  /** The number of steps of a schedule that fixes it, else null. */
  readonly fixedSteps: number | null;
  /** In closed form, where that is known and N does not matter. */
  readonly endSlopes: EndSlopes | null;
  /** The float32 arithmetic of a pipeline, where it must be met bit for bit; else σ is rounded once. */
  readonly float32: ((steps: number) => number[]) | null;
}

type Extras = Partial<Pick<Shape, "shift" | "fixedSteps" | "endSlopes" | "float32">>;

const PLAIN = { phi: null, shift: null, fixedSteps: null, endSlopes: null, float32: null };

/** A schedule that samples one function, whatever N is. */
export function fromShiftFunction(phi: ShiftFunction, extras: Extras = {}): Shape {
  return { ...PLAIN, ...extras, phi, course: (x, steps) => phi((steps - x) / steps) };
}

/** A schedule whose form depends on N. */
export function fromCourse(course: Course, extras: Extras = {}): Shape {
  return { ...PLAIN, ...extras, course };
}

/**
 * A schedule that reaches its last sigma at step N − 1 and falls from there to the terminal 0.
 *
 * @param sigma σ at u = i/(N − 1), from 0 to 1; u is 0 where N = 1
 */
export function toLastSigma(sigma: (u: number, steps: number) => number, extras: Extras = {}): Shape {
  return fromCourse((x, steps) => {
    const last = steps - 1;
    if (x <= last) return sigma(last === 0 ? 0 : x / last, steps);
    return sigma(last === 0 ? 0 : 1, steps) * (steps - x);
  }, extras);
}

/**
 * A schedule that is known at its steps alone; between them, and from the last one to the terminal 0, σ is a straight
 * line.
 *
 * @param sigma σ at step `index`, from 0 to N − 1
 */
export function fromSteps(sigma: (index: number, steps: number) => number, extras: Extras = {}): Shape {
  return fromCourse((x, steps) => {
    const at = (index: number): number => (index < steps ? sigma(index, steps) : 0);
    const index = Math.floor(x);
    return index === x ? at(index) : at(index) + (x - index) * (at(index + 1) - at(index));
  }, extras);
}

/** A schedule given by its values. */
export function fromValues(values: readonly number[]): Shape {
  return fromSteps((index) => values[index] ?? 0, { fixedSteps: values.length });
}
