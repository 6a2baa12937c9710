import { ProbeError } from "../../errors.ts";
import { bfloat16 } from "../bfloat16.ts";
import { family } from "../grammar/family.ts";
import { choice, optional } from "../grammar/parameter.ts";
import { type Size, size } from "../grammar/size.ts";

const VERSIONS = ["1.2", "1.3", "2.0"] as const;
const DTYPES = ["bfloat16", "float32"] as const;

type Rounding = (value: number) => number;

const ROUNDINGS: Readonly<Record<(typeof DTYPES)[number], Rounding>> = { bfloat16, float32: Math.fround };

/** The frames that count in 1.x: those of the latent, as its code reckons them, and 1 for a picture. */
function countedFrames(frames: number, version: "1.2" | "1.3", round: Rounding): number {
  const given = round(frames);
  if (given === 1) return 1;
  return version === "1.2" ? round(Math.floor(given / 17) * 5) : Math.floor(round(given - 1) / 4);
}

/** √(pixels/512²)·√frames, each operation rounded to the dtype that the model runs in. */
function firstShift({ width, height, frames }: Size, version: "1.2" | "1.3", round: Rounding): number {
  const pixels = round(round(height) * round(width));
  const space = round(Math.sqrt(round(pixels / 512 ** 2)));
  return round(space * round(Math.sqrt(countedFrames(frames, version, round))));
}

/** The line through 1 at 256 tokens a latent frame and 3 at 4096, times √(latent frames), in float64. */
function secondShift({ width, height, frames }: Size): number {
  const latent = (frames - 1) / 4 + 1;
  if (width % 16 !== 0 || height % 16 !== 0 || !Number.isInteger(latent))
    throw new ProbeError(
      "input",
      `${width}x${height}x${frames} is no size of Open-Sora 2.0; width and height must be multiples of 16, frames 4k + 1.`,
    );
  const rise = (3 - 1) / (4096 - 256);
  const tokens = (width / 16) * (height / 16);
  return (rise * tokens + (1 - rise * 256)) * Math.sqrt(latent);
}

/**
 * Open-Sora's shift from resolution and frames. Frames count as 5·⌊F/17⌋ in 1.2, ⌊(F − 1)/4⌋ in 1.3 (so that clips below
 * 17 and 5 frames have none and are refused) and (F − 1)/4 + 1 in 2.0. The code of 1.x reckons the shift in the dtype
 * of the run, bfloat16 in its configurations, which moves it by up to about one per cent; float32 gives the formula's.
 * Below s = ½ that code rounds s − 1 as well, which is left out here. It stands for `shift:s` and is written so in
 * records.
 */
export const openSoraShift = family({
  name: "open-sora-shift",
  summary: "Open-Sora's shift from resolution and frames; stands for shift:s.",
  formula: "φ(t) = s·t / (1 + (s − 1)·t); 1.x: s = √(W·H/512²)·√f; 2.0: s = (1 + (W·H/16² − 256)/1920)·√f",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Open-Sora's timestep_transform (1.2, 1.3) and get_schedule (2.0)",
  example: "open-sora-shift:426x240x51,version=1.2",
  parameters: {
    size: size("the clip to sample"),
    version: choice("whose rule", VERSIONS, { keyed: true }),
    dtype: optional(choice("what 1.x reckons in; bfloat16 where it is not given", DTYPES)),
  },
  build({ size: clip, version, dtype }) {
    if (version === "2.0" && dtype !== null)
      throw new ProbeError(
        "input",
        `open-sora-shift's dtype is ${dtype}; version 2.0 reckons in float64, so leave it out.`,
      );
    const shift = version === "2.0" ? secondShift(clip) : firstShift(clip, version, ROUNDINGS[dtype ?? "bfloat16"]);
    if (shift === 0)
      throw new ProbeError(
        "input",
        `Open-Sora ${version} counts no latent frame in ${clip.frames} frames; it takes 1, or at least ${version === "1.2" ? 17 : 5}.`,
      );
    return `shift:${shift}`;
  },
});
