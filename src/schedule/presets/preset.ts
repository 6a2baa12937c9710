import { ProbeError } from "../../errors.ts";
import type { Size } from "../parameter.ts";

/** What a preset depends on, besides the number of steps. */
type Input =
  | { readonly input: "size" }
  /** With a check of the size, for a model that runs one schedule at all of its sizes and is often given one. */
  | { readonly input: "nothing"; checkSize?(size: Size): void }
  /** With the latent's sequence length for a size. */
  | { readonly input: "tokens"; tokensOf(size: Size): number };

/** The default schedule of a model. */
export type Preset = Input & {
  /** The schedule for a given sequence length or size, written as text. */
  spec(value: string): string;
  /** The model, and its default sampling. */
  readonly note: string;
  /** Project, file, line and commit, or paper. */
  readonly source: string;
};

/** A schedule that depends only on the number of steps. */
export function fixed(spec: string, note: string, source: string): Preset {
  return { input: "nothing", spec: () => spec, note, source };
}

/** A schedule that depends only on the number of steps, though a size may be given, which is checked. */
export function fixedAtAnySize(spec: string, checkSize: (size: Size) => void, note: string, source: string): Preset {
  return { input: "nothing", spec: () => spec, checkSize, note, source };
}

/** A schedule that depends on the latent's sequence length. */
export function byTokens(
  spec: (tokens: string) => string,
  tokensOf: (size: Size) => number,
  note: string,
  source: string,
): Preset {
  return { input: "tokens", spec, tokensOf, note, source };
}

/** A schedule that depends on width, height and frames other than through their product. */
export function bySize(spec: (size: string) => string, note: string, source: string): Preset {
  return { input: "size", spec, note, source };
}

/** The sequence length for latents of width/`space` × height/`space` and (frames − 1)/`time` + 1 frames. */
export function latentTokens(space: number, time: number): (size: Size) => number {
  return ({ width, height, frames }) => {
    const latent = [width / space, height / space, (frames - 1) / time];
    if (!latent.every(Number.isInteger))
      throw new ProbeError(
        "input",
        `${width}x${height}x${frames} is not a size of this model; width and height must be multiples of ${space}, frames ${time}k + 1.`,
      );
    return (width / space) * (height / space) * ((frames - 1) / time + 1);
  };
}

/** The specification of a μ on the straight line through two sequence lengths. */
export function muLine(tokens: string, base: readonly [number, number], top: readonly [number, number]): string {
  return `token-shift:${tokens},base-tokens=${base[0]},max-tokens=${top[0]},base-mu=${base[1]},max-mu=${top[1]}`;
}
