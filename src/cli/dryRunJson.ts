import { weightsWord } from "../analysis/provenance.ts";
import { cost, evaluations } from "../experiment/cost.ts";
import type { Estimate } from "../experiment/estimate.ts";
import type { Expansion } from "../experiment/expand.ts";
import type { Shape } from "../experiment/shape.ts";
import type { Measured } from "../generated/l1probe/v1/probe.ts";
import type { Forecast, Turn } from "../sweep/forecast.ts";

const shapeJson = ({ height, width, frames }: Shape) => ({ height, width, frames });

const measuredJson = (one: Measured) => ({
  ...shapeJson(one),
  batch_size: one.batchSize,
  forwards: one.forwards,
  seconds: one.seconds,
});

const estimateJson = ({ seconds, shapes, memory }: Estimate) => ({
  seconds,
  shapes: shapes.map(({ shape, from, ...rest }) => ({ ...shapeJson(shape), ...rest, from: from.map(measuredJson) })),
  memory: memory && { bytes: memory.bytes, bound: memory.bound, from: measuredJson(memory.from) },
});

function serverJson({ server }: Turn) {
  if (server === null) return null;
  const { provenance, maxBatch } = server.description;
  return {
    address: server.address,
    model: provenance?.model?.id ?? null,
    weights: weightsWord(provenance?.model?.weights),
    device: provenance?.device?.name ?? null,
    device_memory_bytes: Number(provenance?.device?.memoryBytes ?? 0n) || null,
    max_batch: Math.max(1, maxBatch),
    concurrency: server.slots,
  };
}

const turnJson = (turn: Turn) => ({
  model: turn.model,
  cells: turn.cells,
  steps: turn.steps,
  evaluations: turn.evaluations,
  shared_evaluations: turn.shared,
  server: serverJson(turn),
  measured_by: turn.source,
  estimate: turn.estimate && estimateJson(turn.estimate),
});

/**
 * What a sweep would do and what that would take, as JSON. `finished` is null where no sweep was begun in the directory;
 * `turns` are the cells that are left, or all of them again where none is; seconds and bytes are null where nothing was
 * measured.
 */
export function dryRunJson(expansion: Expansion, directory: string, told: Forecast): string {
  const { name, profile, cells, axes } = expansion;
  const json = {
    name,
    profile,
    directory,
    total: cost(cells),
    finished: told.finished,
    left: told.left,
    cells: cells.map((cell) => ({
      ...Object.fromEntries(axes.map((axis) => [axis, cell[axis]])),
      ...shapeJson(cell),
      steps: cell.steps,
      evaluations: evaluations(cell),
    })),
    seconds: told.seconds,
    turns: told.turns.map(turnJson),
  };
  return JSON.stringify(json, null, 2);
}
