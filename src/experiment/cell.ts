import { z } from "zod";
import { MAX_STEPS } from "../schedule/schedule.ts";
import { storedStart } from "./start.ts";
import { scaleText, trueCfgScale } from "./trueCfg.ts";

/** A whole number. Messages in these schemas say what is allowed; checkExperiment adds the path and the value. */
export function whole(
  least: number,
  allowed: string | ((issue: { readonly input?: unknown }) => string),
  most: number = Number.MAX_SAFE_INTEGER,
) {
  return z.int({ error: allowed }).min(least, { error: allowed }).max(most, { error: allowed });
}

/** A finite number that is not below `least`. */
export function finite(least: number, allowed: string) {
  return z.number({ error: allowed }).min(least, { error: allowed });
}

const TEXT = "text, in quotes if YAML would read it as something else";
/** A lone surrogate has no UTF-8, so the wire would replace it. */
const text = z.string({ error: TEXT }).refine((value) => !/\p{Surrogate}/u.test(value), {
  error: "text of whole characters, without half of a surrogate pair",
});
const MODEL = "a folder, a hub id like owner/name, or random:NAME";
const IMAGE = "the path of a PNG, JPEG or WebP file";
const SEEDS = 2 ** 32;

function seedAllowed(seed: unknown): string {
  const allowed = "a whole number from 0 to 2^32 - 1";
  if (typeof seed !== "number" || !(seed >= SEEDS)) return allowed;
  const same = Number.isSafeInteger(seed) ? `: this would be seed ${seed % SEEDS}` : "";
  return `${allowed}, since PyTorch reads only 32 bits of a seed${same}`;
}

const size = whole(1, "a whole number of pixels from 1", 2 ** 32 - 1);

/**
 * Everything about a generation that a person chooses, apart from its schedule: type, range and meaning of each value.
 * The server says which sizes its model can sample.
 */
export const cellFields = {
  model: z
    .string({ error: MODEL })
    .min(1, { error: MODEL })
    .nullable()
    .describe(
      "The model: a folder, relative to the experiment's file, a hub id, or random:NAME. null, the default, means the " +
        "model that the server runs.",
    ),
  prompt: text.describe("What to generate."),
  negative_prompt: text
    .nullable()
    .describe("What true CFG steers away from. Required if true_cfg_scale is above 1; may be the empty string."),
  image: z
    .string({ error: IMAGE })
    .min(1, { error: IMAGE })
    .nullable()
    .describe(
      "The image that conditions an image-to-video model: the path of a PNG, JPEG or WebP file of height × width " +
        "pixels, relative to the experiment's file.",
    ),
  init: z
    .string()
    .nullable()
    .describe("What the run starts from instead of pure noise: its file, and the key of a tensor in it."),
  true_cfg_scale: trueCfgScale.describe(
    "True classifier-free guidance: a second forward per step with negative_prompt. 1, the default, means none. A number, " +
      "or one per step, in a window of steps, or per expert.",
  ),
  guidance_scale: finite(0, "a number of at least 0; 1 means none").describe(
    "Distilled guidance, which the model reads as an embedding; it adds no forward. 1, the default, means none: a " +
      "pipeline's hidden default, such as 6, is not applied.",
  ),
  height: size.describe("Pixels."),
  width: size.describe("Pixels."),
  frames: whole(1, "a whole number of frames from 1", 2 ** 32 - 1).describe(
    "Video frames; most models take 4k + 1, and image models 1.",
  ),
  seed: whole(0, ({ input }) => seedAllowed(input), 2 ** 32 - 1).describe(
    "Seeds the noise. PyTorch reads only 32 bits of a seed.",
  ),
  sampler: z
    .string({ error: "a sampler's name" })
    .min(1, { error: "a sampler's name" })
    .describe("The solver, by one of the names that the server's Describe lists."),
  solver_state: z
    .enum(["float32", "stock"], { error: "float32 or stock" })
    .describe(
      "float32 upcasts the model's output before guidance and solver, so that small steps are not lost to rounding; " +
        "stock keeps the pipeline's own dtypes, bfloat16 on most GPUs.",
    ),
  steps: whole(1, `a whole number from 1 to ${MAX_STEPS}`, MAX_STEPS).describe(
    "N, the number of sigmas. Leave it out if the schedule fixes it.",
  ),
} as const;

const cellSchema = z.strictObject({
  ...cellFields,
  // Records of versions without these are still readable.
  model: cellFields.model.default(null),
  image: cellFields.image.default(null),
  image_sha256: z.string().nullable().default(null),
  init: cellFields.init.default(null),
  start: storedStart.nullable().default(null),
  schedule: z.string(),
  schedule_name: z.string().optional(),
  shift: z.number().nullable(),
  sigmas: z.array(z.number()).readonly(),
});

/** Names of the wire's solver states, as experiments spell them. */
export type SolverStateName = z.infer<typeof cellFields.solver_state>;

/**
 * One generation, as an experiment expands to it: everything that a person chose about it. `schedule` is the canonical
 * short form, `schedule_name` what figures call it, `shift` the flow shift that gives the same sigmas or null, and
 * `sigmas` what is sent: `steps` float32 values, strictly decreasing, without the terminal 0. `image` is the image's path as the experiment writes it, and
 * `image_sha256`, in hexadecimal, identifies its bytes. `init` names what the run starts from, and `start` identifies
 * it.
 */
export type Cell = Readonly<z.infer<typeof cellSchema>>;

/** Reads a cell from a manifest. */
export const storedCell: z.ZodType<Cell> = cellSchema.readonly();

/** A key of an experiment over which cells can differ. */
export type Axis = Exclude<keyof Cell, "sigmas" | "shift" | "image_sha256" | "start" | "schedule_name">;

/** Every axis, in the order in which those that no experiment names are listed. */
export const AXES: readonly Axis[] = [...(Object.keys(cellFields) as (keyof typeof cellFields)[]), "schedule"];

/** Values of a cell that its experiment does not set. No default hides a guidance or a shift. */
export const DEFAULTS = {
  model: null,
  negative_prompt: null,
  image: null,
  init: null,
  true_cfg_scale: 1,
  guidance_scale: 1,
  seed: 0,
  sampler: "euler",
  solver_state: "float32",
} as const satisfies Partial<Cell>;

/** A cell's value on an axis, for comparisons and labels: what is neither text nor a number, as text. */
export function axisValue(cell: Cell, axis: Axis): string | number | null {
  const value = cell[axis];
  return typeof value === "object" && value !== null ? scaleText(value) : value;
}

/** The axes on which cells differ, in the order of `named`. */
export function axes(cells: readonly Cell[], named: readonly Axis[]): Axis[] {
  const [first] = cells;
  if (first === undefined) return [];
  return named.filter((axis) => cells.some((cell) => axisValue(cell, axis) !== axisValue(first, axis)));
}

/** A cell's schedule for people: the name that its experiment gives it, or its short form. */
export function scheduleText({ schedule, schedule_name }: Cell): string {
  return schedule_name ?? schedule;
}

/** A short label of a cell: its values on the given axes, or its steps and schedule if there are none. */
export function cellLabel(cell: Cell, labelled: readonly Axis[]): string {
  const shown: readonly Axis[] = labelled.length === 0 ? ["steps", "schedule"] : labelled;
  const text = (axis: Axis) => (axis === "schedule" ? scheduleText(cell) : axisValue(cell, axis)) ?? "none";
  return shown.map((axis) => `${axis}=${text(axis)}`).join(", ");
}

/** The size of what a cell samples: pixels and video frames. Forwards of one shape can share a batch. */
export type Shape = Readonly<Pick<Cell, "height" | "width" | "frames">>;

/**
 * Pixels × latent frames, the assumed measure of a forward's work.
 *
 * @param frameMultiple of ShapeRules: frames per latent frame after the first
 */
export function volume({ height, width, frames }: Shape, frameMultiple: number): number {
  return height * width * (1 + (frames - 1) / frameMultiple);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.height === b.height && a.width === b.width && a.frames === b.frames;
}

/** `9 frames of 64×64`, height first. */
export function shapeText({ height, width, frames }: Shape): string {
  return `${frames} ${frames === 1 ? "frame" : "frames"} of ${height}×${width}`;
}
