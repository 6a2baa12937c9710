import { createHash } from "node:crypto";
import type { Model } from "../generated/l1probe/v1/probe.ts";
import { type Axis, axes, type Cell, cellLabel } from "./cell.ts";

/** JSON with sorted keys: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * Everything of a cell that can change its numbers, its model aside, as text: equal texts on one model are the same
 * generation. The schedule's name is not in it, as only its sigmas run, nor a picture's path, nor a negative prompt that
 * no true CFG reads.
 */
export function generation(whole: Cell): string {
  const {
    schedule: _schedule,
    shift: _shift,
    steps: _steps,
    model: _model,
    image: _image,
    image_sha256,
    ...cell
  } = whole;
  return canonicalJson({
    ...cell,
    negative_prompt: cell.true_cfg_scale > 1 ? cell.negative_prompt : null,
    ...(image_sha256 === null ? {} : { image_sha256 }),
  });
}

/** A generation with the name of the model that is asked for it, before any server has said what that is. */
export function requestedGeneration(cell: Cell): string {
  return cell.model === null ? generation(cell) : canonicalJson({ model: cell.model, generation: generation(cell) });
}

/**
 * What of a model can change a cell's numbers. The device, offloading and compilation are left out: noise is drawn from
 * the seed alone, and what they change is rounding, which a cell's own provenance records. So a sweep begun on one GPU
 * goes on on another.
 */
export function modelIdentity(model: Model): Readonly<Record<string, string>> {
  return {
    fingerprint: model.fingerprint,
    family: model.family,
    pipeline: model.pipeline,
    transformer_dtype: model.transformerDtype,
    other_dtype: model.otherDtype,
    call_defaults: model.callDefaultsJson,
  };
}

/** The first 12 hexadecimal digits of a sha256. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** A cell's id: a hash of all that can change its result. */
export function cellId(cell: Cell, model: Model): string {
  return shortHash(canonicalJson({ format: 1, generation: generation(cell), model: modelIdentity(model) }));
}

/** What stands for a cell's id until its model has been met, which alone can say what would run. */
export function provisionalId(cell: Cell): string {
  return shortHash(canonicalJson({ format: 1, asked: requestedGeneration(cell) }));
}

/** Cells of an experiment that are the same generations as cells before them, and so run once. */
export interface Repeat {
  /** How the experiment names them, by what differs: `schedule=shift:1`. */
  readonly asked: string;
  /** How the cells are named that run in their place: `schedule=linear`; equal where the experiment names them twice. */
  readonly as: string;
  readonly cells: number;
}

/** @param pairs cells that came again, each with the one before it */
export function repeatsOf(pairs: readonly (readonly [Cell, Cell])[], named: readonly Axis[]): Repeat[] {
  const repeats = new Map<string, Repeat>();
  for (const pair of pairs) {
    const differing = axes(pair, named);
    const [asked, as] = pair.map((cell) => cellLabel(cell, differing)) as [string, string];
    const key = JSON.stringify([asked, as]);
    repeats.set(key, { asked, as, cells: (repeats.get(key)?.cells ?? 0) + 1 });
  }
  return [...repeats.values()];
}

/** `schedule=shift:1 is schedule=linear` */
export function repeatText({ asked, as }: Repeat): string {
  return asked === as ? `${asked} comes more than once` : `${asked} is ${as}`;
}

/** A note on cells that repeat others; empty where none does. */
export function repeatNotes(repeats: readonly Repeat[], total: number): string[] {
  const [example] = repeats;
  if (example === undefined) return [];
  const cells = repeats.reduce((sum, repeat) => sum + repeat.cells, 0);
  return [`${cells} of ${total} cells repeat others and run once; for example, ${repeatText(example)}.`];
}
