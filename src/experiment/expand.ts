import { ProbeError } from "../errors.ts";
import type { Ports } from "../schedule/index.ts";
import { assignments, namedAxes } from "./assignment.ts";
import { axes } from "./axes.ts";
import { build } from "./build.ts";
import type { Axis, Cell } from "./cell.ts";
import type { Assignment } from "./given.ts";
import { askedGeneration } from "./identity.ts";
import { type Image, type ImagePorts, Images } from "./images.ts";
import { layers } from "./layers.ts";
import { checkModels } from "./models.ts";
import { shadowNotes } from "./notes.ts";
import { checkExperiment } from "./refusal.ts";
import { type Repeat, repeatNotes, repeatsOf } from "./repeats.ts";
import { Schedules } from "./schedules.ts";
import type { Experiment } from "./schema.ts";

/** What an experiment comes to. */
export interface Expansion {
  readonly name: string;
  readonly profile: string | null;
  /** Each generation once, in the documented order. */
  readonly cells: readonly Cell[];
  /** What the experiment names and is a cell already. */
  readonly repeats: readonly Repeat[];
  /** The keys that differ between cells, in the order in which the experiment names them. */
  readonly axes: readonly Axis[];
  /** The pictures that condition cells, by their sha256. */
  readonly images: ReadonlyMap<string, Image>;
  /** Sentences about what a person may not have meant. */
  readonly notes: readonly string[];
  /** The refusal of a cell's value, with the place that gives it. */
  refuse(cell: Cell, axis: Axis, why: string): ProbeError;
}

export interface ExpandOptions {
  /** The profile to lay over base. */
  readonly profile?: string | undefined;
  /** What it may ask of the world: `readFile` for `file:…` schedules, `readBytes` for pictures. */
  readonly ports?: (Ports & ImagePorts) | undefined;
  /** Where a path stands in the experiment's text, as `file:line:column: `; "" for an object. */
  readonly place?: ((path: string) => string) | undefined;
}

interface Merged {
  readonly origins: ReadonlyMap<Cell, Assignment>;
  /** Cells that came again, each with the one before it. */
  readonly pairs: readonly (readonly [Cell, Cell])[];
}

function merge(given: readonly Assignment[], schedules: Schedules, images: Images): Merged {
  const origins = new Map<Cell, Assignment>();
  const firsts = new Map<string, Cell>();
  const pairs: [Cell, Cell][] = [];
  for (const assignment of given) {
    const cell = build(assignment, schedules, images);
    const key = askedGeneration(cell);
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, cell);
      origins.set(cell, assignment);
    } else pairs.push([cell, first]);
  }
  return { origins, pairs };
}

function expandChecked(experiment: Experiment, { profile, ports = {}, place = () => "" }: ExpandOptions): Expansion {
  const laid = layers(experiment, profile);
  const given = assignments(laid);
  const images = new Images(ports);
  const { origins, pairs } = merge(given, new Schedules(ports), images);
  const cells = [...origins.keys()];
  const named = namedAxes(laid);
  const repeats = repeatsOf(pairs, named);
  const pathOf = (cell: Cell, axis: Axis) => origins.get(cell)?.get(axis)?.path ?? axis;
  checkModels(cells, pathOf);
  return {
    name: experiment.name,
    profile: profile ?? null,
    cells,
    repeats,
    axes: axes(cells, named),
    images: images.bySha256(),
    notes: [...(given[0] === undefined ? [] : shadowNotes(laid, given[0])), ...repeatNotes(repeats, given.length)],
    refuse(cell, axis, why) {
      const path = pathOf(cell, axis);
      return new ProbeError("input", `${place(path)}${path}: ${why}`, { path });
    },
  };
}

/**
 * Expands an experiment to its cells, every one checked, before any work. Cells that come to the same generation are
 * merged, and a note says so.
 *
 * @param input an experiment as a YAML file or a TypeScript object gives it
 * @throws ProbeError kind input, with the path of what is wrong and its place
 */
export function expand(input: unknown, options: ExpandOptions = {}): Expansion {
  const { place = () => "" } = options;
  const experiment = checkExperiment(input, place);
  try {
    return expandChecked(experiment, options);
  } catch (thrown) {
    const { kind, message, path } = ProbeError.from(thrown);
    if (kind !== "input" || path === undefined) throw thrown;
    throw new ProbeError(kind, `${place(path)}${message}`, { path, cause: thrown });
  }
}
