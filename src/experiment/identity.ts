import { createHash } from "node:crypto";
import type { Model } from "../generated/l1probe/v1/probe.ts";
import { type Axis, axes, type Cell, cellLabel } from "./cell.ts";
import { scalesOf, usesTrueCfg } from "./trueCfg.ts";

/** JSON with sorted keys: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * Everything about a cell that can change its numbers, except its model, as text: on one model, equal texts are the same
 * generation. It leaves out the schedule's name and spec, since only the sigmas run, the paths of an image and of a start,
 * and a negative prompt without true CFG. Scales of true CFG are those that run, whichever way they are written.
 */
export function generation(whole: Cell): string {
  const {
    schedule: _schedule,
    schedule_name: _name,
    shift: _shift,
    steps: _steps,
    model: _model,
    image: _image,
    image_sha256,
    init: _init,
    start,
    ...cell
  } = whole;
  return canonicalJson({
    ...cell,
    true_cfg_scale: scalesOf(cell),
    negative_prompt: usesTrueCfg(cell) ? cell.negative_prompt : null,
    ...(image_sha256 === null ? {} : { image_sha256 }),
    ...(start === null ? {} : { start }),
  });
}

/** A generation with the requested model's name, before a server has resolved it. */
export function requestedGeneration(cell: Cell): string {
  return cell.model === null ? generation(cell) : canonicalJson({ model: cell.model, generation: generation(cell) });
}

/**
 * The properties of a model that can change a cell's numbers. Device, offloading and compilation are left out: noise
 * depends on the seed alone, and they change only rounding, which each cell's provenance records. So a sweep can resume
 * on another GPU.
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

/**
 * `c` and the first 12 hexadecimal digits of a sha256. Without the letter, a table reader takes some ids for numbers:
 * 25783671e606 for infinity, and an id of digits alone loses its leading zeros.
 */
function shortHash(text: string): string {
  return `c${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

/** An id as tables have it: with the letter, which ids in records of earlier versions lack. */
export function tabularId(id: string): string {
  return /^[0-9a-f]{12}$/.test(id) ? `c${id}` : id;
}

/** Whether two ids are of the same cell. Records of earlier versions have ids without the letter. */
export function sameId(a: string, b: string): boolean {
  return tabularId(a) === tabularId(b);
}

/** A cell's id: a hash of everything that can change its result. */
export function cellId(cell: Cell, model: Model): string {
  return shortHash(canonicalJson({ format: 1, generation: generation(cell), model: modelIdentity(model) }));
}

/** Stands for a cell's id until its model is resolved. */
export function provisionalId(cell: Cell): string {
  return shortHash(canonicalJson({ format: 1, asked: requestedGeneration(cell) }));
}

/** Cells that are the same generations as earlier cells, and so run once. */
export interface Repeat {
  /** Their label, by what differs: `schedule=shift:1`. */
  readonly asked: string;
  /** Label of the cells that run in their place: `schedule=linear`; the same label if the experiment repeats a value. */
  readonly as: string;
  readonly cells: number;
}

/** @param pairs repeated cells, each with its first occurrence */
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
  return asked === as ? `${asked} appears more than once` : `${asked} is ${as}`;
}

/** A note on repeated cells; empty if there are none. */
export function repeatNotes(repeats: readonly Repeat[], total: number): string[] {
  const [example] = repeats;
  if (example === undefined) return [];
  const cells = repeats.reduce((sum, repeat) => sum + repeat.cells, 0);
  return [`${cells} of ${total} cells repeat others and run once; for example, ${repeatText(example)}.`];
}

type Loaded = Pick<Model, "loras">;

/** A model's LoRAs as `--lora` names them: `style:0.5, transformer_2=fast`; empty if there are none. */
export function lorasText({ loras }: Loaded): string {
  return loras
    .map(({ id, scale, transformer }) => {
      const expert = transformer === "" ? "" : `${transformer}=`;
      return `${expert}${id}${scale === 1 ? "" : `:${scale}`}`;
    })
    .join(", ");
}

/** What figures and messages call a model: its id and its LoRAs. */
export function modelLabel(model: Pick<Model, "id" | "loras"> | undefined): string {
  if (model === undefined) return "unknown model";
  const loras = lorasText(model);
  return loras === "" ? model.id : `${model.id} with LoRA ${loras}`;
}
