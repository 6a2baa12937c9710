import { BOTH_ENDS, type TeaCachePreset, thresholds } from "./preset.ts";

const shared = { signal: "modulated-input", forced: BOTH_ENDS } as const;

const lightx2v = (name: string): string =>
  `LightX2V configs/hunyuan_video_15/cache/hy_15_${name}_teacache.json at f8aee98`;

/** HunyuanVideo by TeaCache's authors, HunyuanVideo-1.5 by LightX2V. */
export const HUNYUAN: Readonly<Record<string, TeaCachePreset>> = {
  hunyuan: {
    ...shared,
    model: "HunyuanVideo",
    coefficients: [7.33226126e2, -4.01131952e2, 6.75869174e1, -3.149878, 9.61237896e-2],
    thresholds: thresholds([0.1, 1.6], [0.15, 2.1]),
    domain: "1280x720x129 and 540p, 50 steps",
    source: "TeaCache TeaCache4HunyuanVideo/teacache_sample_video.py:102 and 222 at 7c10efc",
  },
  "hunyuan-1.5-480p": {
    ...shared,
    model: "HunyuanVideo-1.5 T2V 480p",
    coefficients: [-2.97190924e4, 2.22834983e4, -4.3741836e3, 3.39340251e2, -1.01365855e1, 1.29101768e-1],
    thresholds: thresholds([0.15, null]),
    domain: "480p, 121 frames, 50 steps, shift 5, true CFG 6",
    source: lightx2v("t2v_480p"),
  },
  "hunyuan-1.5-720p": {
    ...shared,
    model: "HunyuanVideo-1.5 T2V 720p",
    coefficients: [-3.08907507e4, 1.67786188e4, -3.19178643e3, 2.60740519e2, -8.19205881, 1.07913775e-1],
    thresholds: thresholds([0.15, null]),
    domain: "720p, 121 frames, 50 steps, shift 5 (not the model's own 9), true CFG 6",
    source: lightx2v("t2v_720p"),
  },
  "hunyuan-1.5-480p-i2v": {
    ...shared,
    model: "HunyuanVideo-1.5 I2V 480p",
    coefficients: [8.08528429e3, -2.44607178e3, 2.49489589e2, -9.10697865, 1.20261379e-1],
    thresholds: thresholds([0.15, null]),
    domain: "480p, 121 frames, 50 steps, shift 5, true CFG 6",
    source: lightx2v("i2v_480p"),
  },
  "hunyuan-1.5-720p-i2v": {
    ...shared,
    model: "HunyuanVideo-1.5 I2V 720p",
    coefficients: [3.84300014e3, -1.39247433e3, 1.69167679e2, -7.07679232, 1.02419011e-1],
    thresholds: thresholds([0.15, null]),
    domain: "720p, 121 frames, 50 steps, shift 7, true CFG 6",
    source: lightx2v("i2v_720p"),
  },
};
