import { z } from "zod";
import { MAX_STEPS } from "../schedule/checkSigmas.ts";

/** A whole number; in this room an issue's message is what is allowed, from which the refusal is made. */
export function whole(least: number, allowed: string, most: number = Number.MAX_SAFE_INTEGER) {
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
const size = whole(1, "a whole number of pixels from 1", 2 ** 32 - 1);

/**
 * What a person chooses about one generation, apart from its schedule: each value's type, range and meaning. Whether a
 * model can sample a size is the server's to say.
 */
export const cellFields = {
  model: z
    .string({ error: MODEL })
    .min(1, { error: MODEL })
    .nullable()
    .describe(
      "What makes it: a folder, relative to the experiment's file, a hub id, or random:NAME. null, the default, is " +
        "whatever the server runs.",
    ),
  prompt: text.describe("What to generate."),
  negative_prompt: text
    .nullable()
    .describe("What true CFG pushes away from. Needed, if only as the empty string, where true_cfg_scale is above 1."),
  image: z
    .string({ error: IMAGE })
    .min(1, { error: IMAGE })
    .nullable()
    .describe(
      "The picture that conditions a model that takes one: the path of a PNG, JPEG or WebP file of height × width " +
        "pixels, relative to the experiment's file.",
    ),
  true_cfg_scale: finite(1, "a number from 1; 1 is no true CFG").describe(
    "True classifier-free guidance: a second forward a step with negative_prompt. 1 is none, and the default.",
  ),
  guidance_scale: finite(0, "a number from 0; 1 is none").describe(
    "The distilled guidance that a model reads as an embedding; it adds no forward. 1 is none, and the default: " +
      "pipelines that hide a default of 6 do not apply it here.",
  ),
  height: size.describe("Pixels."),
  width: size.describe("Pixels."),
  frames: whole(1, "a whole number of frames from 1", 2 ** 32 - 1).describe(
    "Video frames; most models take 4k + 1, and those of images 1.",
  ),
  seed: whole(0, "a whole number from 0 to 2^32 - 1", 2 ** 32 - 1).describe(
    "Of the noise. PyTorch reads 32 bits of it, so a larger one would be another's.",
  ),
  sampler: z
    .string({ error: "a sampler's name" })
    .min(1, { error: "a sampler's name" })
    .describe("The solver, by a name that the server knows (its Describe lists them)."),
  solver_state: z
    .enum(["float32", "stock"], { error: "float32 or stock" })
    .describe(
      "float32 lifts the model's output before guidance and solver, so small steps are not lost to rounding; stock " +
        "leaves the pipeline's own dtypes, bfloat16 on most GPUs.",
    ),
  steps: whole(1, `a whole number from 1 to ${MAX_STEPS}`, MAX_STEPS).describe(
    "N, the number of sigmas. Left out where the schedule fixes it.",
  ),
} as const;

const cellSchema = z.strictObject({
  ...cellFields,
  // Records of versions that had neither are still read.
  model: cellFields.model.default(null),
  image: cellFields.image.default(null),
  image_sha256: z.string().nullable().default(null),
  schedule: z.string(),
  shift: z.number().nullable(),
  sigmas: z.array(z.number()).readonly(),
});

/** Names of the wire's solver states, as experiments spell them. */
export type SolverStateName = z.infer<typeof cellFields.solver_state>;

/**
 * One generation, as an experiment expands to it: everything that a person chose about it. `schedule` is the canonical
 * short form, `shift` the flow shift that gives the same sigmas or null, and `sigmas` what is sent: `steps` float32
 * values, strictly decreasing, without the terminal 0. `image` is the picture's path as the experiment writes it, and
 * `image_sha256`, in hexadecimal, says which picture that was.
 */
export type Cell = Readonly<z.infer<typeof cellSchema>>;

/** Reads a cell from a manifest. */
export const storedCell: z.ZodType<Cell> = cellSchema.readonly();

/** A key of an experiment over which cells can differ. */
export type Axis = Exclude<keyof Cell, "sigmas" | "shift" | "image_sha256">;

/** Every axis, in the order in which those that no experiment names are listed. */
export const AXES: readonly Axis[] = [...(Object.keys(cellFields) as (keyof typeof cellFields)[]), "schedule"];

/** What a cell has where its experiment says nothing. No default hides a guidance or a shift. */
export const DEFAULTS = {
  model: null,
  negative_prompt: null,
  image: null,
  true_cfg_scale: 1,
  guidance_scale: 1,
  seed: 0,
  sampler: "euler",
  solver_state: "float32",
} as const satisfies Partial<Cell>;

/** The keys in which cells differ, in the order of `named`. */
export function axes(cells: readonly Cell[], named: readonly Axis[]): Axis[] {
  return named.filter((axis) => cells.some((cell) => cell[axis] !== cells[0]?.[axis]));
}

/** A cell in few words: its values on the given axes, or its steps and schedule where there are none. */
export function cellLabel(cell: Cell, labelled: readonly Axis[]): string {
  const shown: readonly Axis[] = labelled.length === 0 ? ["steps", "schedule"] : labelled;
  return shown.map((axis) => `${axis}=${cell[axis] ?? "none"}`).join(", ");
}

/** The size of what a cell samples: pixels and video frames. Forwards of one shape can share a batch. */
export type Shape = Readonly<Pick<Cell, "height" | "width" | "frames">>;

/**
 * Pixels × latent frames: what the work of a forward is taken to grow with.
 *
 * @param frameMultiple of ShapeRules: as many frames after the first are one of the latent
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
