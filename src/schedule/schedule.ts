/**
 * A schedule: for every number of steps N, N sigmas, strictly decreasing, from (0, 1].
 * Sigma 1 is noise; the terminal 0 is implied and never part of it. timestep = 1000·sigma.
 */
export interface Schedule {
  /** The short form that makes it again, for example `shift:7`. */
  readonly spec: string;
  /** The flow shift that gives the same sigmas, or null where none does. */
  readonly shift: number | null;
  /** The number of steps of a schedule that fixes it (a list of sigmas), else null. */
  readonly fixedSteps: number | null;
  /**
   * @param steps N ≥ 1
   * @returns N sigmas in float64, before any rounding
   * @throws ProbeError kind input where N is not possible
   */
  exact(steps: number): number[];
  /**
   * What is sent: N float32 values (held in doubles), strictly decreasing after the rounding.
   *
   * @throws ProbeError kind input where N is not possible or float32 cannot tell two sigmas apart
   */
  sigmas(steps: number): number[];
}
