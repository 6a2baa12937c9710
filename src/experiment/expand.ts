import { ProbeError } from "../errors.ts";
import type { Ports } from "../schedule/index.ts";
import { startNote } from "../schedule/schedule.ts";
import { type Assignment, assignments, type Layers, layers, namedAxes } from "./assignments.ts";
import { build, Schedules } from "./buildCell.ts";
import { type Axis, axes, type Cell } from "./cell.ts";
import { type Image, type ImagePorts, Images } from "./conditioningImage.ts";
import { type Repeat, repeatNotes, repeatsOf, requestedGeneration } from "./identity.ts";
import { checkExperiment, type Experiment } from "./schema.ts";
import { type StartContent, Starts } from "./start.ts";
import { scaleText, usesTrueCfg } from "./trueCfg.ts";

/** Notes on values of base or a profile that grid, zip or random overrides. */
export function shadowNotes(laid: Layers, given: Assignment): string[] {
  return laid.base.flatMap(([axis, { path }]) => {
    const winner = given.get(axis)?.path.replace(/\[\d+\]$/, "") ?? path;
    // Overriding base is the purpose of a profile.
    const meant = path.startsWith("base.") && winner.startsWith("profiles.");
    if (winner === path || meant) return [];
    return [`${path} has no effect, since ${winner} overrides it.`];
  });
}

/** The models that cells name, in the order of their first cell; only null if they name none. */
export function modelsOf(cells: readonly Cell[]): (string | null)[] {
  return [...new Set(cells.map(({ model }) => model))];
}

/**
 * Checks that either every cell names a model or none does.
 *
 * @param pathOf the path of a cell's value in the experiment
 * @throws ProbeError kind input
 */
export function checkModels(cells: readonly Cell[], pathOf: (cell: Cell, axis: Axis) => string): void {
  const named = cells.find(({ model }) => model !== null);
  const unnamed = cells.find(({ model }) => model === null);
  if (named === undefined || unnamed === undefined) return;
  const path = pathOf(unnamed, "model");
  throw new ProbeError(
    "input",
    `${path} is null, but other cells name a model (${named.model}); name one for every cell, or for none.`,
    { path },
  );
}

/** @throws ProbeError kind input if the cells name models and the caller names another */
export function checkModelChoice(
  { cells, refuse }: Expansion,
  model: string | undefined,
  loras: readonly string[] = [],
): void {
  const [first] = cells;
  if (first === undefined || first.model === null) return;
  if (model !== undefined)
    throw refuse(first, "model", `model is ${first.model}, but --model is ${model}; leave out one of them.`);
  const other = cells.find((cell) => cell.model !== first.model);
  const [lora] = loras;
  if (lora !== undefined && other !== undefined)
    throw refuse(
      other,
      "model",
      `model is ${first.model} and ${other.model}, but --lora ${lora} changes one model; sweep each in a run of its own.`,
    );
}

/** An experiment's cells, and what is known about them. */
export interface Expansion {
  readonly name: string;
  readonly profile: string | null;
  /** Whether steps are to be recorded with their sums per latent frame. */
  readonly frameSums: boolean;
  /** Each generation once, in the documented order. */
  readonly cells: readonly Cell[];
  /** Cells that the experiment names more than once. */
  readonly repeats: readonly Repeat[];
  /** The axes on which cells differ, in the order in which the experiment names them. */
  readonly axes: readonly Axis[];
  /** The images that condition cells, by their sha256. */
  readonly images: ReadonlyMap<string, Image>;
  /** What cells start from, by its sha256. */
  readonly starts: ReadonlyMap<string, StartContent>;
  /** Sentences about what may be unintended. */
  readonly notes: readonly string[];
  /** An error about a cell's value, with its place in the experiment. */
  refuse(cell: Cell, axis: Axis, why: string): ProbeError;
}

export interface ExpandOptions {
  /** The profile to apply. */
  readonly profile?: string | undefined;
  /** How files are read: `readFile` for `file:…` schedules, `readBytes` for images and starts. */
  readonly ports?: (Ports & ImagePorts) | undefined;
  /** The position of a path in the experiment's text, as `file:line:column: `; "" for an object. */
  readonly place?: ((path: string) => string) | undefined;
  /** A whole number that a double does not hold, as the experiment's text writes it. */
  readonly written?: ((path: string) => string | undefined) | undefined;
}

interface Merged {
  readonly origins: ReadonlyMap<Cell, Assignment>;
  /** Repeated cells, each with its first occurrence. */
  readonly pairs: readonly (readonly [Cell, Cell])[];
}

function merge(given: readonly Assignment[], schedules: Schedules, images: Images, starts: Starts): Merged {
  const origins = new Map<Cell, Assignment>();
  const firsts = new Map<string, Cell>();
  const pairs: [Cell, Cell][] = [];
  for (const assignment of given) {
    const cell = build(assignment, schedules, images, starts);
    const key = requestedGeneration(cell);
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, cell);
      origins.set(cell, assignment);
    } else pairs.push([cell, first]);
  }
  return { origins, pairs };
}

/** One note per schedule and start that do not fit each other. */
function startNotes(cells: readonly Cell[], contents: Expansion["starts"]): string[] {
  const notes = cells.flatMap(({ schedule, sigmas, init, start }) => {
    const sigma = start === null ? null : (contents.get(start.sha256)?.sigma ?? null);
    const note = startNote(sigmas, start && { noised: start.noised, sigma });
    return note === null ? [] : [`${init === null ? "" : `init ${init}, `}${schedule}: ${note}`];
  });
  return [...new Set(notes)];
}

/** One note per window of true CFG that lies between the steps of a schedule. */
function windowNotes(cells: readonly Cell[]): string[] {
  const notes = cells.flatMap((cell) => {
    const { true_cfg_scale: written, schedule, steps } = cell;
    if (typeof written === "number" || !("scale" in written) || written.scale === 1 || usesTrueCfg(cell)) return [];
    const window = `true_cfg_scale ${scaleText(written)}`;
    return [`${window} holds no step of ${schedule} at ${steps} steps, which run without true CFG.`];
  });
  return [...new Set(notes)];
}

function expandChecked(experiment: Experiment, { profile, ports = {}, place = () => "" }: ExpandOptions): Expansion {
  const laid = layers(experiment, profile);
  const given = assignments(laid);
  const images = new Images(ports);
  const starts = new Starts(ports);
  const { origins, pairs } = merge(given, new Schedules(ports), images, starts);
  const cells = [...origins.keys()];
  const named = namedAxes(laid);
  const repeats = repeatsOf(pairs, named);
  const pathOf = (cell: Cell, axis: Axis) => origins.get(cell)?.get(axis)?.path ?? axis;
  checkModels(cells, pathOf);
  return {
    name: experiment.name,
    profile: profile ?? null,
    frameSums: experiment.frame_sums ?? true,
    cells,
    repeats,
    axes: axes(cells, named),
    images: images.bySha256(),
    starts: starts.bySha256(),
    notes: [
      ...(given[0] === undefined ? [] : shadowNotes(laid, given[0])),
      ...repeatNotes(repeats, given.length),
      ...startNotes(cells, starts.bySha256()),
      ...windowNotes(cells),
    ],
    refuse(cell, axis, why) {
      const path = pathOf(cell, axis);
      return new ProbeError("input", `${place(path)}${path}: ${why}`, { path });
    },
  };
}

/**
 * Expands an experiment to its cells and checks each of them. Cells that are the same generation are merged, and a note
 * says so.
 *
 * @param input the value of a YAML file, or a TypeScript object
 * @throws ProbeError kind input, with the path and place of the fault
 */
export function expand(input: unknown, options: ExpandOptions = {}): Expansion {
  const { place = () => "", written } = options;
  const experiment = checkExperiment(input, place, written);
  try {
    return expandChecked(experiment, options);
  } catch (thrown) {
    const { kind, message, path } = ProbeError.from(thrown);
    if (kind !== "input" || path === undefined) throw thrown;
    throw new ProbeError(kind, `${place(path)}${message}`, { path, cause: thrown });
  }
}
