/** Open-Sora's choice of the flow shift from resolution and frames, in the dtype of its code (hpcaitech/Open-Sora). */

import { ProbeError } from "../../errors.ts";
import { choice, optional, type Size, size } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** The nearest bfloat16, ties to even, as PyTorch rounds a float32 result; finite values only. */
export function bfloat16(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const even = (word >>> 16) & 1;
  bits.setUint32(0, (word + 0x7fff + even) & 0xffff0000);
  return bits.getFloat32(0);
}

const VERSIONS = ["1.2", "1.3", "2.0"] as const;
const DTYPES = ["bfloat16", "float32"] as const;

type Rounding = (value: number) => number;

const ROUNDINGS: Readonly<Record<(typeof DTYPES)[number], Rounding>> = { bfloat16, float32: Math.fround };

/** The number of latent frames as the code of 1.x counts them; 1 for an image. */
function countedFrames(frames: number, version: "1.2" | "1.3", round: Rounding): number {
  const given = round(frames);
  if (given === 1) return 1;
  return version === "1.2" ? round(Math.floor(given / 17) * 5) : Math.floor(round(given - 1) / 4);
}

/** Open-Sora 1.x: √(pixels/512²)·√frames, each operation rounded to the dtype of the model. */
function shiftOfVersion1({ width, height, frames }: Size, version: "1.2" | "1.3", round: Rounding): number {
  const pixels = round(round(height) * round(width));
  const space = round(Math.sqrt(round(pixels / 512 ** 2)));
  return round(space * round(Math.sqrt(countedFrames(frames, version, round))));
}

/** Open-Sora 2.0: the line through 1 at 256 tokens per latent frame and 3 at 4096, times √(latent frames), in float64. */
function shiftOfVersion2({ width, height, frames }: Size): number {
  const latent = (frames - 1) / 4 + 1;
  if (width % 16 !== 0 || height % 16 !== 0 || !Number.isInteger(latent))
    throw new ProbeError(
      "input",
      `${width}x${height}x${frames} is not a size of Open-Sora 2.0; width and height must be multiples of 16, frames 4k + 1.`,
    );
  const rise = (3 - 1) / (4096 - 256);
  const tokens = (width / 16) * (height / 16);
  return (rise * tokens + (1 - rise * 256)) * Math.sqrt(latent);
}

/**
 * F frames count as 5·⌊F/17⌋ in 1.2, ⌊(F − 1)/4⌋ in 1.3 (so clips below 17 and 5 frames have none and are refused) and
 * (F − 1)/4 + 1 in 2.0. The code of 1.x computes the shift in the dtype of the run, bfloat16 in its configurations,
 * which changes it by up to about 1%; float32 gives the formula's value. For s < ½ that code also rounds s − 1, which is
 * not reproduced here. Shorthand for `shift:s`, which is what records contain.
 */
export const openSoraShift = scheduleKind({
  name: "open-sora-shift",
  summary: "Open-Sora's shift from resolution and frames; shorthand for shift:s.",
  formula: "φ(t) = s·t / (1 + (s − 1)·t); 1.x: s = √(W·H/512²)·√f; 2.0: s = (1 + (W·H/16² − 256)/1920)·√f",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Open-Sora's timestep_transform (1.2, 1.3) and get_schedule (2.0)",
  example: "open-sora-shift:426x240x51,version=1.2",
  parameters: {
    size: size("the size of the clip"),
    version: choice("the version of Open-Sora", VERSIONS, { keyed: true }),
    dtype: optional(choice("the dtype in which 1.x computes the shift; bfloat16 by default", DTYPES)),
  },
  build({ size: clip, version, dtype }) {
    if (version === "2.0" && dtype !== null)
      throw new ProbeError(
        "input",
        `open-sora-shift's dtype is ${dtype}; version 2.0 computes in float64, so leave it out.`,
      );
    const shift =
      version === "2.0" ? shiftOfVersion2(clip) : shiftOfVersion1(clip, version, ROUNDINGS[dtype ?? "bfloat16"]);
    if (shift === 0)
      throw new ProbeError(
        "input",
        `Open-Sora ${version} counts no latent frame in ${clip.frames} frames; use 1 frame, or at least ${version === "1.2" ? 17 : 5}.`,
      );
    return `shift:${shift}`;
  },
});
