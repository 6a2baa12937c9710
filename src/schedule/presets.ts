import { ProbeError } from "../errors.ts";
import type { Size } from "./grammar/size.ts";

/** What a model runs by default. */
export interface Preset {
  /** The schedule; where `tokensOf` is not null, for a sequence length. */
  spec(tokens: string): string;
  /** The latent's sequence length of a size, or null where the schedule does not ask. */
  readonly tokensOf: ((size: Size) => number) | null;
  readonly note: string;
}

function fixed(spec: string, note: string): Preset {
  return { spec: () => spec, tokensOf: null, note };
}

/** Latent cells: width and height over `space`, frames 1 + `time`·k. */
function cells(space: number, time: number): (size: Size) => number {
  return ({ width, height, frames }) => {
    const latent = [width / space, height / space, (frames - 1) / time];
    if (!latent.every(Number.isInteger))
      throw new ProbeError(
        "input",
        `${width}x${height}x${frames} is no size of this model; width and height must be multiples of ${space}, frames ${time}k + 1.`,
      );
    return (width / space) * (height / space) * ((frames - 1) / time + 1);
  };
}

function byTokens(spec: (tokens: string) => string, tokensOf: (size: Size) => number, note: string): Preset {
  return { spec, tokensOf, note };
}

function line(tokens: string, base: readonly [number, number], top: readonly [number, number]): string {
  return `token-shift:${tokens},base-tokens=${base[0]},max-tokens=${top[0]},base-mu=${base[1]},max-mu=${top[1]}`;
}

const pictures = cells(16, 1);

/** Default schedules by model. CogVideoX is absent: its shift acts on a variance-preserving schedule. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  hunyuan: fixed("shift:7", "HunyuanVideo, 50 steps"),
  "hunyuan-few-steps": fixed("shift:17", "HunyuanVideo with few steps"),
  fasthunyuan: fixed("shift:17", "FastHunyuan, 6 steps"),
  accvideo: fixed("shift:7", "AccVideo, 5 steps"),
  "hunyuan-1.5-480p": fixed("shift:5", "HunyuanVideo-1.5 at 480p"),
  "hunyuan-1.5-720p": fixed("shift:9", "HunyuanVideo-1.5 at 720p from text"),
  "hunyuan-1.5-720p-i2v": fixed("shift:7", "HunyuanVideo-1.5 at 720p from an image"),
  "hunyuan-1.5-distilled": fixed("shift:7", "HunyuanVideo-1.5, distilled"),
  "hunyuan-1.5-sr": fixed("shift:2", "HunyuanVideo-1.5, super-resolution"),
  "wan2.1": fixed("shift:5", "Wan2.1; for 1.3B its authors advise 8 to 12"),
  "wan2.1-480p": fixed("shift:3", "Wan2.1 from an image at 480p"),
  "wan2.1-flf2v": fixed("shift:16", "Wan2.1, first and last frame"),
  "wan2.1-vace": fixed("shift:16", "Wan2.1 VACE"),
  "wan2.2-t2v-a14b": fixed("shift:12", "Wan2.2 from text; the expert changes at timestep 875"),
  "wan2.2-i2v-a14b": fixed("shift:5", "Wan2.2 from an image; the expert changes at timestep 900"),
  "wan2.2-ti2v-5b": fixed("shift:5", "Wan2.2 5B"),
  "wan2.2-s2v": fixed("shift:3", "Wan2.2 from speech"),
  "fastwan-480p": fixed("distilled:fastwan-480p", "FastWan2.1 at 480p, 3 steps"),
  sd3: fixed("shift:3", "Stable Diffusion 3"),
  flux: byTokens((tokens) => line(tokens, [256, 0.5], [4096, 1.15]), pictures, "FLUX.1 dev"),
  flux2: byTokens((tokens) => `flux2-shift:${tokens}`, pictures, "FLUX.2 dev"),
  "qwen-image": byTokens((tokens) => `stretch:.02+${line(tokens, [256, 0.5], [8192, 0.9])}`, pictures, "Qwen-Image"),
  "ltx-2": byTokens((tokens) => `stretch:.1+${line(tokens, [1024, 0.95], [4096, 2.05])}`, cells(32, 8), "LTX-2"),
  "ltx-2-distilled": fixed("distilled:ltx-2", "LTX-2 distilled, 8 steps"),
  mochi: fixed("linear-quadratic:threshold=.025", "Mochi 1's own code and diffusers"),
  "mochi-comfyui": fixed("shift:6", "Mochi 1 in ComfyUI"),
  moviegen: fixed("linear-quadratic:threshold=.1", "Movie Gen: 50 steps for 250 linear ones"),
  "apt-video": fixed("shift:12", "APT, video"),
  "apt-image": fixed("shift:1", "APT, images"),
};
