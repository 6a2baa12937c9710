import { BOTH_ENDS, type TeaCachePreset, thresholds } from "./preset.ts";

const shared = { signal: "timestep-embedding", forced: BOTH_ENDS } as const;

const evaluated = (row: number): string =>
  `TeaCache eval/teacache/experiments/cogvideox.py:${row}, 198 and 210 at 7c10efc`;
const sampled = (row: number): string =>
  `TeaCache TeaCache4CogVideoX1.5/teacache_sample_video.py:${row} and README.md:4 at 7c10efc`;

/** CogVideoX, whose cache looks at the timestep's embedding alone. */
export const COG_VIDEO_X: Readonly<Record<string, TeaCachePreset>> = {
  "cogvideox-2b": {
    ...shared,
    model: "CogVideoX 2B",
    coefficients: [-3.10658903e1, 2.54732368e1, -5.92380459, 1.75769064, -3.61568434e-3],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "720x480x49, 50 steps",
    source: evaluated(75),
  },
  "cogvideox-5b": {
    ...shared,
    model: "CogVideoX 5B, from text and from an image",
    coefficients: [-1.53880483e3, 8.43202495e2, -1.34363087e2, 7.97131516, -5.23162339e-2],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "720x480x49, 50 steps",
    source: evaluated(78),
  },
  "cogvideox-1.5-5b": {
    ...shared,
    model: "CogVideoX1.5 5B",
    coefficients: [2.50210439e2, -1.65061612e2, 3.57804877e1, -7.81551492e-1, 3.58559703e-2],
    thresholds: thresholds([0.1, 1.3], [0.2, 1.8], [0.3, 2.1]),
    domain: "1360x768x81, 50 steps",
    source: sampled(13),
  },
  "cogvideox-1.5-5b-i2v": {
    ...shared,
    model: "CogVideoX1.5 5B from an image",
    coefficients: [1.22842302e2, -1.04088754e2, 2.62981677e1, -3.06009921e-1, 3.7121322e-2],
    thresholds: thresholds([0.1, 1.5], [0.2, 2.2], [0.3, 2.7]),
    domain: "1360x768x81, 50 steps",
    source: sampled(14),
  },
};
