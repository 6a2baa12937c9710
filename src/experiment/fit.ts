import { didYouMean } from "../errors.ts";
import {
  type DescribeResponse,
  ImageMode,
  type ShapeRules,
  type StartRules,
  type TokenCount,
} from "../generated/l1probe/v1/probe.ts";
import { type Axis, type Cell, shapeText as cellShapeText, type Shape } from "./cell.ts";
import type { Expansion } from "./expand.ts";
import { shapeText } from "./start.ts";
import { expertsOf, scalesOf, scaleText, usesTrueCfg } from "./trueCfg.ts";

/** One reason why a server cannot run a cell: the key at fault, and a sentence with its value and what is allowed. */
interface Misfit {
  readonly axis: Axis;
  readonly why: string;
}

function sideMisfit(axis: "height" | "width", value: number, multiple: number, most: number): Misfit[] {
  if (most > 0 && value > most) return [{ axis, why: `${axis} is ${value}; the model samples at most ${most}.` }];
  if (multiple <= 1 || value % multiple === 0) return [];
  const below = value - (value % multiple);
  const near = below === 0 ? `${multiple}` : `${below} or ${below + multiple}`;
  return [{ axis, why: `${axis} is ${value}; the model samples multiples of ${multiple}, for example ${near}.` }];
}

function framesMisfit(frames: number, { frameMultiple: multiple, minFrames, maxFrames }: ShapeRules): Misfit[] {
  const misfit = (allowed: string): Misfit[] => [{ axis: "frames", why: `frames is ${frames}; ${allowed}.` }];
  if (multiple === 0) return frames === 1 ? [] : misfit("the model makes images, so it must be 1");
  if (maxFrames > 0 && frames > maxFrames) return misfit(`the model makes at most ${maxFrames} in one sampling loop`);
  if (frames < minFrames) return misfit(`the model needs at least ${minFrames}`);
  if ((frames - 1) % multiple === 0) return [];
  const below = frames - ((frames - 1) % multiple);
  return misfit(`the model samples ${multiple}k + 1 frames, for example ${below} or ${below + multiple}`);
}

function imageMisfit({ image, height, width }: Cell, { image: mode, provenance }: DescribeResponse): Misfit[] {
  const pipeline = provenance?.model?.pipeline || "the model";
  if (mode === ImageMode.IMAGE_MODE_REQUIRED && image === null) {
    const why =
      `image is missing; ${pipeline} is conditioned on an image, so give a PNG, JPEG or WebP file of ` +
      `height × width ${height}×${width}.`;
    return [{ axis: "image", why }];
  }
  if (mode === ImageMode.IMAGE_MODE_REQUIRED || image === null) return [];
  return [{ axis: "image", why: `image is ${image}; ${pipeline} takes no image, so leave it out.` }];
}

/** The latents' shape by the server's rules, for a cell of this size. */
export function latentShape({ height, width, frames }: Shape, rules: StartRules): number[] {
  const { framesDivisor, framesLeftOut, framesMultiple } = rules;
  const divided = framesDivisor === 0 ? 1 : Math.floor((frames - 1) / framesDivisor) + 1 - framesLeftOut;
  const multiple = Math.max(1, framesMultiple);
  const latentFrames = Math.ceil(divided / multiple) * multiple;
  const side = (pixels: number, divisor: number) => (divisor === 0 ? 1 : Math.floor(pixels / divisor));
  return rules.axes.map(
    (axis) =>
      axis.times * (axis.frames ? latentFrames : 1) * side(height, axis.heightDivisor) * side(width, axis.widthDivisor),
  );
}

function startMisfit(cell: Cell, { startRules: rules }: DescribeResponse): Misfit[] {
  const { init, start } = cell;
  if (start === null) return [];
  const misfit = (why: string): Misfit[] => [{ axis: "init", why: `init is ${init}; ${why}.` }];
  if (rules === undefined) return misfit("the server is of a version that starts from pure noise only");
  if (start.bytes > Number(rules.maxBytes)) {
    return misfit(`it has ${start.bytes} bytes, and the server accepts at most ${rules.maxBytes}`);
  }
  if (start.kind !== "latents") return rules.pixelsRefused === "" ? [] : misfit(rules.pixelsRefused);
  if (rules.latentsRefused !== "") return misfit(rules.latentsRefused);
  const wanted = latentShape(cell, rules);
  if (shapeText(start.shape) === shapeText(wanted)) return [];
  return misfit(
    `it has the shape ${shapeText(start.shape)}, but ${cellShapeText(cell)} have latents of ${shapeText(wanted)}`,
  );
}

/** Training timesteps of variance-preserving models; timestep t is sent as σ = (t + 1) / 1000. */
const TRAINING_TIMESTEPS = 1000;

/**
 * A model that predicts v or epsilon knows whole training timesteps only. A tolerance of 0 comes from a velocity model,
 * or from a server that is older than the field, which then checks each cell itself.
 */
function scheduleMisfit(
  { schedule, steps, sigmas }: Cell,
  { prediction, timestepTolerance }: DescribeResponse,
): Misfit[] {
  if (timestepTolerance === 0) return [];
  const wrong = sigmas.find((sigma) => {
    const position = Math.fround(sigma) * TRAINING_TIMESTEPS;
    const nearest = Math.round(position);
    return nearest < 1 || Math.abs(position - nearest) > timestepTolerance;
  });
  if (wrong === undefined) return [];
  const why =
    `schedule is ${schedule}, whose sigma ${wrong} at ${steps} steps is not a whole thousandth; the model predicts ` +
    `${prediction} at whole training timesteps t = 0 … 999, where σ = (t + 1) / ${TRAINING_TIMESTEPS}. Use trailing, ` +
    `for example, or linear with a step count that divides ${TRAINING_TIMESTEPS}.`;
  return [{ axis: "schedule", why }];
}

/** A limit of 0 means no limit. */
function limitMisfit(axis: Axis, what: string, value: number, limit: number): Misfit[] {
  if (limit === 0 || value <= limit) return [];
  return [{ axis, why: `${what} is ${value}; the server allows at most ${limit}.` }];
}

function trueCfgMisfit(cell: Cell, { guidanceModes, guidanceByStep, experts }: DescribeResponse): Misfit[] {
  const written = `true_cfg_scale is ${scaleText(cell.true_cfg_scale)}`;
  const misfit = (why: string): Misfit[] => [{ axis: "true_cfg_scale", why: `${written}; ${why}.` }];
  if (guidanceModes !== undefined && !guidanceModes.trueCfg && usesTrueCfg(cell)) {
    const other = guidanceModes.embedded ? "; its guidance is an embedding, which guidance_scale sets" : "";
    return misfit(`the model has no true CFG, so it must be 1${other}`);
  }
  const scales = scalesOf(cell);
  if (typeof scales === "number") return [];
  if (guidanceByStep === undefined) return misfit("the server is of a version that takes one number only; update it");
  const named = expertsOf(scales);
  if (named.length === 0 || named.join() === experts.join()) return [];
  const has = experts.length === 0 ? "no experts" : `the experts ${experts.join(" and ")}`;
  return misfit(`the model has ${has}; give a number, or one per step`);
}

function misfits(cell: Cell, server: DescribeResponse): Misfit[] {
  const { samplers, shapeRules, guidanceModes, limits } = server;
  const found: Misfit[] = [...imageMisfit(cell, server), ...scheduleMisfit(cell, server)];
  if (samplers.length > 0 && !samplers.includes(cell.sampler)) {
    const why = `sampler is ${cell.sampler}${didYouMean(cell.sampler, samplers)}; the server has ${samplers.join(", ")}.`;
    found.push({ axis: "sampler", why });
  }
  if (shapeRules !== undefined) {
    found.push(...sideMisfit("height", cell.height, shapeRules.heightMultiple, shapeRules.maxHeight));
    found.push(...sideMisfit("width", cell.width, shapeRules.widthMultiple, shapeRules.maxWidth));
    found.push(...framesMisfit(cell.frames, shapeRules));
  }
  found.push(...trueCfgMisfit(cell, server));
  if (guidanceModes !== undefined && !guidanceModes.embedded && cell.guidance_scale !== 1) {
    found.push({
      axis: "guidance_scale",
      why:
        `guidance_scale is ${cell.guidance_scale}; the model has no guidance embedding, so it must be 1` +
        `${guidanceModes.trueCfg ? "; for classifier-free guidance, set true_cfg_scale and negative_prompt" : ""}.`,
    });
  }
  if (limits !== undefined) {
    found.push(...limitMisfit("steps", "steps", cell.steps, limits.maxSteps));
    found.push(...limitMisfit("frames", "frames", cell.frames, limits.maxFrames));
    found.push(...limitMisfit("height", "height × width", cell.height * cell.width, limits.maxPixels));
    found.push(...limitMisfit("prompt", "the prompt's length", [...cell.prompt].length, limits.maxPromptCharacters));
    const negative = [...(cell.negative_prompt ?? "")].length;
    found.push(...limitMisfit("negative_prompt", "the negative prompt's length", negative, limits.maxPromptCharacters));
  }
  found.push(...startMisfit(cell, server));
  return found;
}

/**
 * Checks cells against what a server says that it can sample, before any of them runs. What only decoding an image can
 * show (a broken file, transparency) is left to the server.
 *
 * @param cells those of the expansion that this server would run
 * @throws ProbeError kind input for the first cell that does not fit, with the place of its value
 */
export function checkFit(expansion: Expansion, server: DescribeResponse, cells = expansion.cells): void {
  for (const cell of cells) {
    const [first] = misfits(cell, server);
    if (first !== undefined) throw expansion.refuse(cell, first.axis, first.why);
  }
}

/** A prompt and what each text encoder reads of it. */
export interface PromptTokens {
  readonly prompt: string;
  readonly encoders: readonly TokenCount[];
}

/** The texts that cells have encoded, each once: prompts and, with true CFG, negative prompts. */
export function encodedTexts(cells: readonly Cell[]): string[] {
  const texts = cells.flatMap((cell) => {
    const { prompt, negative_prompt } = cell;
    return usesTrueCfg(cell) && negative_prompt !== null ? [prompt, negative_prompt] : [prompt];
  });
  return [...new Set(texts)];
}

/** Whether an encoder cut the prompt. */
export function isCut({ encoders }: PromptTokens): boolean {
  return encoders.some(({ cut }) => cut !== "");
}

const SHOWN = 60;

/** A text in quotes on one line, its middle left out if it is long. */
function quotedShort(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const characters = [...line];
  const part = (from: number, to?: number) => characters.slice(from, to).join("").trim();
  const half = SHOWN / 2 - 1;
  return JSON.stringify(characters.length <= SHOWN ? line : `${part(0, half)} … ${part(-half)}`);
}

/** `"a red … square": text_encoder reads 16 of 718 tokens, without "round while … square"` */
export function cutText({ prompt, encoders }: PromptTokens): string {
  const cuts = encoders
    .filter(({ cut }) => cut !== "")
    .map(
      ({ encoder, kept, tokens, cut }) => `${encoder} reads ${kept} of ${tokens} tokens, without ${quotedShort(cut)}`,
    );
  return `${quotedShort(prompt)}: ${cuts.join("; ")}`;
}

const LISTED = 3;

/** A sentence about the prompts that were cut; empty if none was. */
export function cutNotes(prompts: readonly PromptTokens[]): string[] {
  const cut = prompts.filter(isCut);
  if (cut.length === 0) return [];
  const more = cut.length > LISTED ? `; and ${cut.length - LISTED} more` : "";
  const what = cut.length === 1 ? "A prompt is" : `${cut.length} prompts are`;
  return [`${what} longer than a text encoder reads: ${cut.slice(0, LISTED).map(cutText).join("; ")}${more}.`];
}
