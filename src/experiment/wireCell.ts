import { SolverState, type Cell as WireCell } from "../generated/l1probe/v1/probe.ts";
import type { Cell, SolverStateName } from "./cell.ts";

const SOLVER_STATES: Readonly<Record<SolverStateName, SolverState>> = {
  float32: SolverState.SOLVER_STATE_FLOAT32,
  stock: SolverState.SOLVER_STATE_STOCK,
};

/**
 * A cell as it is sent. The wire has no steps and no schedule: its sigmas are all that runs.
 *
 * @param image the bytes of its picture, where it has one
 */
export function wireCell(cellId: string, cell: Cell, image?: Uint8Array): WireCell {
  return {
    cellId,
    prompt: cell.prompt,
    negativePrompt: cell.negative_prompt ?? undefined,
    sigmas: [...cell.sigmas],
    sampler: cell.sampler,
    solverState: SOLVER_STATES[cell.solver_state],
    height: cell.height,
    width: cell.width,
    frames: cell.frames,
    seed: BigInt(cell.seed),
    guidanceScale: cell.guidance_scale,
    trueCfgScale: cell.true_cfg_scale,
    image: image === undefined ? undefined : Buffer.from(image),
  };
}
