import { SolverState, StartKind, Cell as WireCell, type Start as WireStart } from "../generated/l1probe/v1/probe.ts";
import type { Cell, SolverStateName } from "./cell.ts";
import type { Start } from "./start.ts";
import { firstStepScales, scalesOf, wireScales } from "./trueCfg.ts";

const SOLVER_STATES: Readonly<Record<SolverStateName, SolverState>> = {
  float32: SolverState.SOLVER_STATE_FLOAT32,
  stock: SolverState.SOLVER_STATE_STOCK,
};

const START_KINDS: Readonly<Record<Start["kind"], StartKind>> = {
  latents: StartKind.START_KIND_LATENTS,
  image: StartKind.START_KIND_IMAGE,
  clip: StartKind.START_KIND_CLIP,
};

function wireStart({ kind, sha256, shape, dtype, noised }: Start, data: Uint8Array = new Uint8Array()): WireStart {
  return {
    kind: START_KINDS[kind],
    sha256: Buffer.from(sha256, "hex"),
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    shape: [...shape],
    dtype,
    noised,
  };
}

/**
 * A cell as it is sent. The wire has neither steps nor a schedule, only the sigmas to run.
 *
 * @param image the encoded bytes of the cell's image, if any
 * @param start the content of what the cell starts from, if any
 */
export function wireCell(cellId: string, cell: Cell, image?: Uint8Array, start?: Uint8Array): WireCell {
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
    ...wireScales(scalesOf(cell)),
    image: image === undefined ? undefined : Buffer.from(image),
    start: cell.start === null ? undefined : wireStart(cell.start, start),
  };
}

/**
 * The first-step key by the contract's rule (message Cell): cells of one model have equal keys if and only if their first
 * evaluation has the same inputs, so that a server computes it once. An image counts by its sha256.
 */
export function firstStepKey(cell: Cell): string {
  const image = cell.image_sha256 === null ? undefined : Buffer.from(cell.image_sha256, "hex");
  const wire = wireCell("", cell, image);
  const sameFirstStep: WireCell = {
    ...wire,
    sampler: "",
    sigmas: wire.sigmas.slice(0, 1),
    ...firstStepScales(cell),
  };
  return Buffer.from(WireCell.encode(sameFirstStep).finish()).toString("base64");
}
