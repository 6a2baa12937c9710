import { family } from "../grammar/family.ts";
import { size } from "../grammar/size.ts";

/**
 * SD3's shift for a change of resolution: s = √(m/n) for m pixels against the n of a reference, so that both carry
 * the same uncertainty at the same t. It stands for `shift:s` and is written so in records.
 */
export const resolutionShift = family({
  name: "resolution-shift",
  summary: "SD3's shift from resolution; stands for shift:√(pixels/base pixels).",
  formula: "φ(t) = s·t / (1 + (s − 1)·t), s = √(m/n)",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "resolution-shift:1024x1024,base=512x512",
  parameters: { size: size("the size to sample"), base: size("the size that needs no shift", { keyed: true }) },
  build: ({ size: m, base: n }) =>
    `shift:${Math.sqrt((m.width * m.height * m.frames) / (n.width * n.height * n.frames))}`,
});
