import type { SolverState as WireSolverState } from "../generated/l1probe/v1/probe.ts";

/** Names of the wire's solver states, as experiments spell them. */
export type SolverStateName = "float32" | "stock";
export type { WireSolverState };

/** One generation, as an experiment expands to it: everything that a person chose about it. */
export interface Cell {
  readonly prompt: string;
  /** null: not given; true CFG then cannot be asked for. */
  readonly negative_prompt: string | null;
  /** True classifier-free guidance; 1 is none. */
  readonly true_cfg_scale: number;
  /** The distilled guidance embedding; 1 is none. */
  readonly guidance_scale: number;
  readonly height: number;
  readonly width: number;
  readonly frames: number;
  readonly seed: number;
  readonly sampler: string;
  readonly solver_state: SolverStateName;
  readonly steps: number;
  /** The schedule's short form. */
  readonly schedule: string;
  /** The flow shift that gives the same sigmas, or null. */
  readonly shift: number | null;
  /** What is sent: float32 values, strictly decreasing, without the terminal 0. */
  readonly sigmas: readonly number[];
}

/** A key of an experiment over which cells can differ. */
export type Axis = Exclude<keyof Cell, "sigmas" | "shift">;
