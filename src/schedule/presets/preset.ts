import { ProbeError } from "../../errors.ts";
import type { Size } from "../grammar/size.ts";

/** What a schedule depends on beside the number of steps. */
type Asks =
  | { readonly asks: "nothing" | "size" }
  /** With the latent's sequence length of a size. */
  | { readonly asks: "tokens"; tokensOf(size: Size): number };

/** What a model runs by default. */
export type Preset = Asks & {
  /** The schedule; of the sequence length or the size that it asks for. */
  spec(asked: string): string;
  /** The model, and what its default sampling is. */
  readonly note: string;
  /** Project, file, line and commit, or paper. */
  readonly source: string;
};

/** A schedule that depends on the number of steps alone. */
export function fixed(spec: string, note: string, source: string): Preset {
  return { asks: "nothing", spec: () => spec, note, source };
}

/** A schedule that depends on the latent's sequence length. */
export function byTokens(
  spec: (tokens: string) => string,
  tokensOf: (size: Size) => number,
  note: string,
  source: string,
): Preset {
  return { asks: "tokens", spec, tokensOf, note, source };
}

/** A schedule that depends on width, height and frames, each in its own way. */
export function bySize(spec: (size: string) => string, note: string, source: string): Preset {
  return { asks: "size", spec, note, source };
}

/** Latent cells: width and height over `space`, frames 1 + `time`·k. */
export function cells(space: number, time: number): (size: Size) => number {
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

/** The short form of a μ on the straight line through two sequence lengths. */
export function line(tokens: string, base: readonly [number, number], top: readonly [number, number]): string {
  return `token-shift:${tokens},base-tokens=${base[0]},max-tokens=${top[0]},base-mu=${base[1]},max-mu=${top[1]}`;
}
