/**
 * One density ρ(σ) of change: the relative L1 of a step is the integral of ρ over the sigmas that it crosses. ln ρ is
 * piecewise linear in logit σ, fitted so that the logarithm of each integral meets the logarithm of what was measured.
 */

/** A measured step: its L1, and the sigmas between the two tensors that it compares. */
export interface MeasuredStep {
  readonly low: number;
  readonly high: number;
  readonly l1: number;
}

export interface Density {
  /** ρ(σ), per unit of sigma. */
  at(sigma: number): number;
  /** ∫ρ dσ over [low, high]. */
  over(step: Pick<MeasuredStep, "low" | "high">): number;
}

/** Beyond these, logit σ runs away while σ hardly changes. */
const ENDS = [0.002, 0.9998] as const;

const logit = (sigma: number): number => {
  const inside = Math.min(Math.max(sigma, ENDS[0]), ENDS[1]);
  return Math.log(inside / (1 - inside));
};

/** Gauss-Legendre on [−1, 1], six points. */
const GAUSS = [
  [-0.932469514203152, 0.17132449237917],
  [-0.661209386466265, 0.360761573048139],
  [-0.238619186083197, 0.467913934572691],
  [0.238619186083197, 0.467913934572691],
  [0.661209386466265, 0.360761573048139],
  [0.932469514203152, 0.17132449237917],
] as const;
const PIECES = GAUSS.length;

/** Where the points of the quadrature of every step lie between the nodes. */
interface Mesh {
  readonly nodes: number;
  readonly from: number;
  readonly width: number;
  /** For each step and point: the node to its left, the share of the node to its right, the weight. */
  readonly left: Int32Array;
  readonly share: Float64Array;
  readonly weight: Float64Array;
}

type Interval = Pick<MeasuredStep, "low" | "high">;

function mesh(steps: readonly Interval[], nodes: number, from: number, width: number): Mesh {
  const points = steps.length * PIECES;
  const made = { left: new Int32Array(points), share: new Float64Array(points), weight: new Float64Array(points) };
  for (const [k, { low, high }] of steps.entries()) {
    for (const [q, [node, weight]] of GAUSS.entries()) {
      const i = k * PIECES + q;
      const place = Math.min(
        Math.max((logit((high + low) / 2 + ((high - low) / 2) * node) - from) / width, 0),
        nodes - 1,
      );
      const left = Math.min(Math.floor(place), nodes - 2);
      made.left[i] = left;
      made.share[i] = place - left;
      made.weight[i] = (weight * (high - low)) / 2;
    }
  }
  return { ...made, nodes, from, width };
}

const NODES = 24;

/** A density between the extreme middles of the steps; beyond them it is constant. */
class Fit {
  readonly mesh: Mesh;
  readonly logs: Float64Array;
  readonly #theta: Float64Array;

  private constructor(mesh: Mesh, logs: Float64Array, theta: Float64Array) {
    this.mesh = mesh;
    this.logs = logs;
    this.#theta = theta;
  }

  /** A constant density. */
  static start(steps: readonly MeasuredStep[]): Fit {
    let [from, to, level] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (const { low, high, l1 } of steps) {
      const middle = logit((low + high) / 2);
      from = Math.min(from, middle);
      to = Math.max(to, middle);
      level += Math.log(l1 / (high - low)) / steps.length;
    }
    const made = mesh(steps, NODES, from, Math.max((to - from) / (NODES - 1), 1e-6));
    const logs = Float64Array.from(steps, ({ l1 }) => Math.log(l1));
    return new Fit(made, logs, new Float64Array(NODES).fill(level));
  }

  /** Gauss-Newton; second differences of ln ρ are kept small where nothing was measured. */
  iterate(times: number, used: (step: number) => boolean): this {
    for (let round = 0; round < times; round += 1) if (this.#step(used) < 1e-4) break;
    return this;
  }

  /** A copy from which a subset of the steps can be fitted. */
  copy(): Fit {
    return new Fit(this.mesh, this.logs, this.#theta.slice());
  }

  /** @returns the largest change of ln ρ */
  #step(used: (step: number) => boolean): number {
    const { left, share, weight } = this.mesh;
    const matrix = new Float64Array(NODES * NODES);
    const right = new Float64Array(NODES);
    const gradient = new Float64Array(NODES);
    let count = 0;
    for (let k = 0; k < this.logs.length; k += 1) {
      if (!used(k)) continue;
      count += 1;
      let total = 0;
      let [first, last] = [NODES, 0];
      for (let i = k * PIECES; i < (k + 1) * PIECES; i += 1) {
        const at = left[i] ?? 0;
        first = Math.min(first, at);
        last = Math.max(last, at + 1);
      }
      gradient.fill(0, first, last + 1);
      for (let i = k * PIECES; i < (k + 1) * PIECES; i += 1) {
        const at = left[i] ?? 0;
        const part = share[i] ?? 0;
        const value =
          (weight[i] ?? 0) * Math.exp((1 - part) * (this.#theta[at] ?? 0) + part * (this.#theta[at + 1] ?? 0));
        total += value;
        gradient[at] = (gradient[at] ?? 0) + (1 - part) * value;
        gradient[at + 1] = (gradient[at + 1] ?? 0) + part * value;
      }
      const residual = (this.logs[k] ?? 0) - Math.log(total);
      for (let a = first; a <= last; a += 1) {
        const slope = (gradient[a] ?? 0) / total;
        right[a] = (right[a] ?? 0) + slope * residual;
        for (let b = first; b <= last; b += 1)
          matrix[a * NODES + b] = (matrix[a * NODES + b] ?? 0) + (slope * (gradient[b] ?? 0)) / total;
      }
    }
    smooth(matrix, right, this.#theta, (0.02 * count) / NODES);
    const move = solve(matrix, right);
    let most = 0;
    for (let a = 0; a < NODES; a += 1) {
      const change = Math.max(-2, Math.min(2, move[a] ?? 0));
      most = Math.max(most, Math.abs(change));
      this.#theta[a] = (this.#theta[a] ?? 0) + change;
    }
    return most;
  }

  /** ln of the integral over a step of this fit. */
  logOf(step: number): number {
    return Math.log(integral(this.mesh, this.#theta, step));
  }

  density(): Density {
    const theta = this.#theta.slice();
    const { from, width, nodes } = this.mesh;
    return {
      at(sigma) {
        const place = Math.min(Math.max((logit(sigma) - from) / width, 0), nodes - 1);
        const left = Math.min(Math.floor(place), nodes - 2);
        return Math.exp((theta[left] ?? 0) + (place - left) * ((theta[left + 1] ?? 0) - (theta[left] ?? 0)));
      },
      over: (step) => integral(mesh([step], nodes, from, width), theta, 0),
    };
  }
}

function integral({ left, share, weight }: Mesh, theta: Float64Array, step: number): number {
  let total = 0;
  for (let i = step * PIECES; i < (step + 1) * PIECES; i += 1) {
    const at = left[i] ?? 0;
    const part = share[i] ?? 0;
    total += (weight[i] ?? 0) * Math.exp((1 - part) * (theta[at] ?? 0) + part * (theta[at + 1] ?? 0));
  }
  return total;
}

/** Adds the penalty on second differences to the normal equations, and a little on the diagonal. */
function smooth(matrix: Float64Array, right: Float64Array, theta: Float64Array, strength: number): void {
  const add = (a: number, b: number, value: number) => {
    matrix[a * NODES + b] = (matrix[a * NODES + b] ?? 0) + value;
  };
  for (let k = 1; k < NODES - 1; k += 1) {
    const bend = (theta[k - 1] ?? 0) - 2 * (theta[k] ?? 0) + (theta[k + 1] ?? 0);
    for (const [i, a] of [1, -2, 1].entries()) {
      const row = k - 1 + i;
      right[row] = (right[row] ?? 0) - strength * a * bend;
      for (const [j, b] of [1, -2, 1].entries()) add(row, k - 1 + j, strength * a * b);
    }
  }
  for (let k = 0; k < NODES; k += 1) add(k, k, 1e-9 + 1e-6 * strength);
}

/** Solves a symmetric positive definite system by Cholesky's method. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const at = (row: number, column: number) => matrix[row * NODES + column] ?? 0;
  for (let j = 0; j < NODES; j += 1) {
    for (let i = j; i < NODES; i += 1) {
      let sum = at(i, j);
      for (let k = 0; k < j; k += 1) sum -= at(i, k) * at(j, k);
      matrix[i * NODES + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / at(j, j);
    }
  }
  const found = right.slice();
  for (let i = 0; i < NODES; i += 1) {
    for (let k = 0; k < i; k += 1) found[i] = (found[i] ?? 0) - at(i, k) * (found[k] ?? 0);
    found[i] = (found[i] ?? 0) / at(i, i);
  }
  for (let i = NODES - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < NODES; k += 1) found[i] = (found[i] ?? 0) - at(k, i) * (found[k] ?? 0);
    found[i] = (found[i] ?? 0) / at(i, i);
  }
  return found;
}

/** The most steps that a fit of 24 numbers needs; of more, it takes as many, evenly spread. All are predicted. */
const MOST_FITTED = 8000;

/** The most subsets that are left out in turn; more groups share them. */
const MOST_FOLDS = 12;

/**
 * Fits one density to all steps, and predicts each step by a density that was fitted without its group.
 *
 * @param groups the group of each step, from 0; with more than 12 groups, several are left out together
 * @returns the density of all steps, and ln L1 as predicted without the step's own group; null with one group only
 */
export function fitDensity(
  steps: readonly MeasuredStep[],
  groups: readonly number[],
): { readonly density: Density; readonly logs: readonly number[]; readonly logsLeftOut: readonly number[] | null } {
  const stride = Math.max(1, steps.length / MOST_FITTED);
  const fitted = (step: number) => step % stride < 1;
  const all = Fit.start(steps).iterate(12, fitted);
  const logs = steps.map((_, k) => all.logOf(k));
  const count = groups.reduce((most, group) => Math.max(most, group + 1), 0);
  if (count < 2) return { density: all.density(), logs, logsLeftOut: null };
  const folds = Math.min(count, MOST_FOLDS);
  const logsLeftOut = logs.slice();
  for (let fold = 0; fold < folds; fold += 1) {
    const out = (step: number) => (groups[step] ?? 0) % folds === fold;
    const rest = all.copy().iterate(2, (step) => fitted(step) && !out(step));
    for (let k = 0; k < steps.length; k += 1) if (out(k)) logsLeftOut[k] = rest.logOf(k);
  }
  return { density: all.density(), logs, logsLeftOut };
}
