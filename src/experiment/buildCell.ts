import { ProbeError } from "../errors.ts";
import { type Ports, parseSchedule, type Schedule, scheduleFromSigmas } from "../schedule/index.ts";
import type { Assignment } from "./assignments.ts";
import type { Axis, Cell } from "./cell.ts";
import type { Images } from "./conditioningImage.ts";
import { show, type Value, type Values } from "./schema.ts";
import type { Starts } from "./start.ts";
import { scaleText, usesTrueCfg } from "./trueCfg.ts";

/** Adds the path in the experiment to an error of the schedule library. */
function placed<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const { kind, message, path: inner } = ProbeError.from(thrown);
    if (kind !== "input") throw thrown;
    const deeper = inner?.startsWith(path) ? inner : undefined;
    throw new ProbeError("input", deeper === undefined ? `${path}: ${message}` : message, {
      path: deeper ?? path,
      cause: thrown,
    });
  }
}

/** Creates each schedule once, since the cells of a sweep share most of them. */
export class Schedules {
  readonly #ports: Ports;
  readonly #made = new Map<string, Schedule>();
  readonly #sigmas = new Map<string, readonly number[]>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @param path of the value in the experiment */
  schedule(value: NonNullable<Values["schedule"]>, path: string): Schedule {
    // The name is not the schedule's own.
    const spec = typeof value === "string" ? value : "schedule" in value ? value.schedule : value.sigmas;
    const key = JSON.stringify(spec);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = placed(path, () =>
      typeof spec === "string" ? parseSchedule(spec, this.#ports) : scheduleFromSigmas(spec, `${path}.sigmas`),
    );
    this.#made.set(key, made);
    return made;
  }

  sigmas(schedule: Schedule, steps: number, path: string): readonly number[] {
    const key = `${steps} ${schedule.spec}`;
    const known = this.#sigmas.get(key) ?? placed(path, () => schedule.sigmas(steps));
    this.#sigmas.set(key, known);
    return known;
  }
}

/** Axes without a default, which every experiment must set. */
const REQUIRED = ["prompt", "height", "width", "frames", "schedule"] as const satisfies Axis[];

/** Values with every required one present. */
type Complete = Omit<Cell, "steps" | "schedule" | "shift" | "sigmas" | "image_sha256" | "init" | "start"> & {
  readonly init: NonNullable<Values["init"]> | null;
  readonly schedule: NonNullable<Values["schedule"]>;
  readonly steps?: number;
};

function refuse(message: string, path: string): ProbeError {
  return new ProbeError("input", message, { path });
}

function stepsOf(given: Assignment, steps: number | undefined, schedule: Schedule): number {
  if (steps === undefined) {
    if (schedule.fixedSteps !== null) return schedule.fixedSteps;
    throw refuse(`base.steps is missing; the schedule ${schedule.spec} needs a number of steps.`, "base");
  }
  if (schedule.fixedSteps !== null && schedule.fixedSteps !== steps) {
    const path = given.get("steps")?.path ?? "base.steps";
    throw refuse(
      `${path} is ${steps}, but the schedule ${schedule.spec} has exactly ${schedule.fixedSteps} steps; leave steps out, set it to ` +
        `${schedule.fixedSteps}, or exclude the combination.`,
      path,
    );
  }
  return steps;
}

/** True CFG needs a negative prompt and a scale above 1. Pipelines run without it if one is missing, and say nothing. */
function checkGuidance(given: Assignment, cell: Cell): void {
  const { true_cfg_scale, negative_prompt, sigmas } = cell;
  const scale = given.get("true_cfg_scale");
  const negative = given.get("negative_prompt");
  const path = scale?.path ?? "true_cfg_scale";
  if (Array.isArray(true_cfg_scale) && true_cfg_scale.length !== sigmas.length) {
    throw refuse(
      `${path} has ${true_cfg_scale.length} scales (${scaleText(true_cfg_scale)}) and the cell has ${sigmas.length} ` +
        `steps; give one scale per step.`,
      path,
    );
  }
  if (usesTrueCfg(cell) && negative_prompt === null) {
    throw refuse(
      `${path} is ${scaleText(true_cfg_scale)} but negative_prompt is missing, and pipelines then skip true CFG; set ` +
        `negative_prompt: "" or true_cfg_scale: 1.`,
      path,
    );
  }
  if (negative_prompt !== null && scale?.implied) {
    const where = negative?.path ?? "negative_prompt";
    throw refuse(
      `${where} is ${show(negative_prompt)} but true_cfg_scale is missing, and nothing reads a negative prompt without true ` +
        `CFG; set true_cfg_scale above 1, write true_cfg_scale: 1 for none, or leave negative_prompt out.`,
      where,
    );
  }
}

/**
 * Builds and checks one cell from its sourced values.
 *
 * @throws ProbeError kind input, with the path in the experiment
 */
export function build(given: Assignment, schedules: Schedules, images: Images, starts: Starts): Cell {
  const missing = REQUIRED.find((axis) => !given.has(axis));
  if (missing !== undefined) throw refuse(`base.${missing} is missing; every cell needs a ${missing}.`, "base");
  const values = Object.fromEntries([...given].map(([axis, { value }]): [Axis, Value] => [axis, value]));
  const { schedule: wanted, steps, ...rest } = values as unknown as Complete;
  const at = (axis: Axis) => given.get(axis)?.path ?? axis;
  const schedule = schedules.schedule(wanted, at("schedule"));
  const count = stepsOf(given, steps, schedule);
  const sigmas = schedules.sigmas(schedule, count, at("schedule"));
  const image = rest.image === null ? null : images.image(rest.image, rest, at("image"));
  const begun = rest.init === null ? null : starts.start(rest.init, rest, at("init"));
  const cell: Cell = {
    ...rest,
    image_sha256: image?.sha256 ?? null,
    init: begun?.text ?? null,
    start: begun?.start ?? null,
    steps: count,
    schedule: schedule.spec,
    ...(typeof wanted === "string" || wanted.name === undefined ? {} : { schedule_name: wanted.name }),
    shift: schedule.shift,
    sigmas,
  };
  checkGuidance(given, cell);
  return cell;
}
