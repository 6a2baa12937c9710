import type { Mark } from "vega";

export const ink = "#333333";
export const quietInk = "#666666";

export interface TextAt {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly align?: "left" | "center" | "right";
  readonly angle?: number;
  readonly weight?: "normal" | 600;
  readonly color?: string;
}

/** One line of text, its baseline at y. */
export function text({ text, x, y, size, align, angle, weight, color }: TextAt): Mark {
  return {
    type: "text",
    encode: {
      enter: {
        text: { value: text },
        x: { value: x },
        y: { value: y },
        fontSize: { value: size },
        align: { value: align ?? "left" },
        angle: { value: angle ?? 0 },
        fontWeight: { value: weight ?? "normal" },
        fill: { value: color ?? ink },
      },
    },
  };
}
