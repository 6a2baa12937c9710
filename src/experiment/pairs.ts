import { ProbeError } from "../errors.ts";
import { AXES, type Axis, type Cell, DEFAULTS } from "./cell.ts";
import type { Expansion } from "./expand.ts";
import { type Experiment, show, type Value } from "./schema.ts";
import type { InitValue } from "./start.ts";
import { scaleText } from "./trueCfg.ts";

/** What makes one generation another one without changing how it is sampled. */
const PAIR_AXES = ["prompt", "negative_prompt", "image", "seed"] as const satisfies Axis[];
/** What is chosen for each run, not by the experiment. */
const CHOSEN: ReadonlySet<Axis> = new Set(["schedule", "steps", "sampler"]);

/** A prompt with its noise, as a cell of the experiment has them. */
export type Pair = Cell;

/** The pairs of an experiment, and the setting that they share. */
export interface Pairs {
  readonly pairs: readonly Pair[];
  /** The sampler of the first cell. */
  readonly sampler: string;
  readonly setting: string;
}

const isPairAxis = (axis: Axis): boolean => (PAIR_AXES as readonly Axis[]).includes(axis);

function pairKey(cell: Cell): string {
  return JSON.stringify(PAIR_AXES.map((axis) => cell[axis]));
}

/**
 * The distinct pairs of prompt and noise of an experiment, in its order. Its schedules, steps and samplers do not matter.
 *
 * @throws ProbeError kind input if it varies anything else, such as its size, since one setting is measured at a time
 */
export function pairsOf({ cells, refuse }: Expansion): Pairs {
  const [first] = cells;
  if (first === undefined) throw new ProbeError("input", "The experiment has no cells.");
  for (const axis of AXES.filter((one) => !CHOSEN.has(one) && !isPairAxis(one))) {
    const other = cells.find((cell) => JSON.stringify(cell[axis]) !== JSON.stringify(first[axis]));
    if (other !== undefined)
      throw refuse(
        other,
        axis,
        `${axis} is ${show(first[axis])} and ${show(other[axis])}, but one setting is measured at a time; keep one value.`,
      );
  }
  if (first.init !== null)
    throw refuse(first, "init", `init is ${first.init}; only runs from pure noise are measured, so leave it out.`);
  const pairs = new Map<string, Pair>();
  for (const cell of cells) if (!pairs.has(pairKey(cell))) pairs.set(pairKey(cell), cell);
  const scale = first.true_cfg_scale;
  if (Array.isArray(scale) || (typeof scale === "object" && "start" in scale))
    throw refuse(
      first,
      "true_cfg_scale",
      `true_cfg_scale is ${scaleText(scale)}, which goes by the number of the step, but schedules of other steps are measured; ` +
        "give one scale, or a window by sigma.",
    );
  const guidance = scale === 1 ? "" : `, true CFG ${scaleText(scale)}`;
  const distilled = first.guidance_scale !== 1 ? `, guidance ${first.guidance_scale}` : "";
  return {
    pairs: [...pairs.values()],
    sampler: first.sampler,
    setting: `${first.frames} ${first.frames === 1 ? "frame" : "frames"} of ${first.height}×${first.width}${guidance}${distilled}`,
  };
}

/**
 * An experiment that runs every schedule with every pair, one schedule after the other.
 *
 * @param schedules each N sigmas, as they are sent
 * @param starts for each schedule what each pair starts from, or null for its noise; by default all start from noise
 */
export function onPairs(
  name: string,
  description: string,
  pairs: readonly Pair[],
  sampler: string,
  schedules: readonly (readonly number[])[],
  starts?: readonly (readonly (InitValue | null)[])[] | undefined,
): Experiment {
  const [first] = pairs;
  if (first === undefined) throw new ProbeError("internal", `${name} has no pairs.`);
  const base: Partial<Record<Axis, Value>> = { sampler };
  const each = (value: (pair: Pair, at: number, schedule: number) => Value): Value[] =>
    schedules.flatMap((_, schedule) => pairs.map((pair, at) => value(pair, at, schedule)));
  const zip: Partial<Record<Axis, Value[]>> = {
    schedule: each((_pair, _at, schedule) => ({ sigmas: [...(schedules[schedule] ?? [])] })),
  };
  for (const axis of AXES.filter((one) => !CHOSEN.has(one) && one !== "init")) {
    // Without true CFG nothing reads a negative prompt, and an experiment that gives one is refused.
    if (axis === "negative_prompt" && first.true_cfg_scale === 1) continue;
    if (
      axis === "prompt" ||
      axis === "seed" ||
      pairs.some((pair) => JSON.stringify(pair[axis]) !== JSON.stringify(first[axis]))
    )
      zip[axis] = each((pair) => pair[axis] as Value);
    else if (!(axis in DEFAULTS && DEFAULTS[axis as keyof typeof DEFAULTS] === first[axis]))
      base[axis] = first[axis] as Value;
  }
  if (starts !== undefined) zip.init = each((_pair, at, schedule) => starts[schedule]?.[at] ?? null);
  return { name, description, frame_sums: false, base, zip } as Experiment;
}

/** A prompt and a seed that a measurement used. */
export interface UsedPair {
  readonly prompt: string;
  readonly seed: number;
}

function seen(pair: Pair, used: readonly UsedPair[]): UsedPair | undefined {
  return used.find(({ prompt, seed }) => prompt === pair.prompt || seed === pair.seed);
}

/** The pairs with neither a prompt nor a seed of the measurement. */
export function heldOut(pairs: readonly Pair[], used: readonly UsedPair[]): Pair[] {
  return pairs.filter((pair) => seen(pair, used) === undefined);
}

/**
 * @param file the experiment's name, for the sentence
 * @throws ProbeError kind input if a pair has a prompt or a seed that the measurement used
 */
export function refuseUsed(pairs: readonly Pair[], used: readonly UsedPair[], file: string): void {
  for (const pair of pairs) {
    const other = seen(pair, used);
    if (other === undefined) continue;
    const what = other.prompt === pair.prompt ? `the prompt ${JSON.stringify(pair.prompt)}` : `the seed ${pair.seed}`;
    throw new ProbeError(
      "input",
      `${file} has ${what}, which the recommendation was measured with; verify on prompts and seeds that it did not see.`,
      { path: "experiment" },
    );
  }
}
