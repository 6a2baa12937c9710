import { type Parameter, Unreadable } from "./parameter.ts";

/** A picture's or a clip's size, as `1024x1024` or `768x512x97`. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES. */
export function size(doc: string, options: { keyed?: boolean } = {}): Parameter<Size> {
  return {
    doc,
    allowed: "WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES",
    fallback: undefined,
    keyed: options.keyed ?? false,
    rest: false,
    domain: null,
    read([text = ""]) {
      const [, width, height, frames = "1"] = /^([1-9]\d{0,5})x([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(text) ?? [];
      if (width === undefined || height === undefined)
        throw new Unreadable(
          `is ${text}; it must be WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES, like 1024x1024 or 768x512x97`,
        );
      return { width: Number(width), height: Number(height), frames: Number(frames) };
    },
    write: ({ width, height, frames }) => [width, height, ...(frames === 1 ? [] : [frames])].join("x"),
  };
}
