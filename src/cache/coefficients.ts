/**
 * Published coefficients and thresholds of TeaCache (Liu et al. 2024, Timestep Embedding Tells: It's Time to Cache for
 * Video Diffusion Model, arXiv:2411.19108), model by model. Each entry cites the file and commit that it was read from.
 */

/** The signal m whose relative L1 change from one step to the next is d. */
export const SIGNALS = {
  "modulated-input": "the first block's input, normalised and modulated by the timestep",
  "timestep-embedding": "the timestep embedding alone, so the same for every prompt and seed",
  "timestep-projection": "the projected timestep embedding alone, so the same for every prompt and seed",
} as const;

export type Signal = keyof typeof SIGNALS;

/** A published threshold δ. */
export interface Threshold {
  readonly threshold: number;
  /** Time without the cache divided by time with it, as published or computed from published times; null if neither exists. */
  readonly speedup: number | null;
}

/** Published coefficients of TeaCache for one model. */
export interface TeaCachePreset {
  readonly model: string;
  readonly signal: Signal;
  /** The coefficients of P, highest power first. */
  readonly coefficients: readonly number[];
  readonly thresholds: readonly Threshold[];
  /** The number of steps at the start and at the end that are always computed. */
  readonly forced: { readonly first: number; readonly last: number };
  /** The setting for which P was published; it may not be valid in another. */
  readonly domain: string;
  /** Project, file, line and commit. */
  readonly source: string;
}

function thresholds(...pairs: readonly (readonly [threshold: number, speedup: number | null])[]): Threshold[] {
  return pairs.map(([threshold, speedup]) => ({ threshold, speedup }));
}

/** The first and the last step are computed. */
const BOTH_ENDS = { first: 1, last: 1 } as const;

const modulatedInput = { signal: "modulated-input", forced: BOTH_ENDS } as const;

const lightx2v = (name: string): string =>
  `LightX2V configs/hunyuan_video_15/cache/hy_15_${name}_teacache.json at f8aee98`;

/** HunyuanVideo by the authors of TeaCache, HunyuanVideo-1.5 by LightX2V. */
const HUNYUAN: Readonly<Record<string, TeaCachePreset>> = {
  hunyuan: {
    ...modulatedInput,
    model: "HunyuanVideo",
    coefficients: [7.33226126e2, -4.01131952e2, 6.75869174e1, -3.149878, 9.61237896e-2],
    thresholds: thresholds([0.1, 1.6], [0.15, 2.1]),
    domain: "1280x720x129 and 540p, 50 steps",
    source: "TeaCache TeaCache4HunyuanVideo/teacache_sample_video.py:102 and 222 at 7c10efc",
  },
  "hunyuan-1.5-480p": {
    ...modulatedInput,
    model: "HunyuanVideo-1.5 T2V 480p",
    coefficients: [-2.97190924e4, 2.22834983e4, -4.3741836e3, 3.39340251e2, -1.01365855e1, 1.29101768e-1],
    thresholds: thresholds([0.15, null]),
    domain: "480p, 121 frames, 50 steps, shift 5, true CFG 6",
    source: lightx2v("t2v_480p"),
  },
  "hunyuan-1.5-720p": {
    ...modulatedInput,
    model: "HunyuanVideo-1.5 T2V 720p",
    coefficients: [-3.08907507e4, 1.67786188e4, -3.19178643e3, 2.60740519e2, -8.19205881, 1.07913775e-1],
    thresholds: thresholds([0.15, null]),
    domain: "720p, 121 frames, 50 steps, shift 5 (not the model's own 9), true CFG 6",
    source: lightx2v("t2v_720p"),
  },
  "hunyuan-1.5-480p-i2v": {
    ...modulatedInput,
    model: "HunyuanVideo-1.5 I2V 480p",
    coefficients: [8.08528429e3, -2.44607178e3, 2.49489589e2, -9.10697865, 1.20261379e-1],
    thresholds: thresholds([0.15, null]),
    domain: "480p, 121 frames, 50 steps, shift 5, true CFG 6",
    source: lightx2v("i2v_480p"),
  },
  "hunyuan-1.5-720p-i2v": {
    ...modulatedInput,
    model: "HunyuanVideo-1.5 I2V 720p",
    coefficients: [3.84300014e3, -1.39247433e3, 1.69167679e2, -7.07679232, 1.02419011e-1],
    thresholds: thresholds([0.15, null]),
    domain: "720p, 121 frames, 50 steps, shift 7, true CFG 6",
    source: lightx2v("i2v_720p"),
  },
};

/** Speed-ups are computed from the times in the README. */
const wanSource = (row: number): string =>
  `TeaCache TeaCache4Wan2.1/teacache_generate.py:${row} and README.md at 7c10efc`;

/** With retention (use_ret_steps) the first five steps are always computed, and the last one need not be. */
const RETENTION = { first: 5, last: 0 } as const;

/** Wan2.1, by task, size, and whether the first steps are retained; the same for the conditional and the unconditional pass. */
const WAN: Readonly<Record<string, TeaCachePreset>> = {
  "wan2.1-t2v-1.3b": {
    model: "Wan2.1 T2V 1.3B",
    signal: "timestep-embedding",
    coefficients: [2.39676752e3, -1.31110545e3, 2.01331979e2, -8.29855975, 1.37887774e-1],
    thresholds: thresholds([0.05, 175 / 117], [0.07, 175 / 110], [0.08, 175 / 88]),
    forced: BOTH_ENDS,
    domain: "832x480, 50 steps",
    source: wanSource(890),
  },
  "wan2.1-t2v-1.3b-retention": {
    model: "Wan2.1 T2V 1.3B",
    signal: "timestep-projection",
    coefficients: [-5.21862437e4, 9.23041404e3, -5.28275948e2, 1.36987616e1, -4.99875664e-2],
    thresholds: thresholds([0.05, 97 / 61], [0.1, 97 / 41]),
    forced: RETENTION,
    domain: "832x480, 50 steps",
    source: wanSource(883),
  },
  "wan2.1-t2v-14b": {
    model: "Wan2.1 T2V 14B",
    signal: "timestep-embedding",
    coefficients: [-5784.54975374, 5449.50911966, -1811.16591783, 256.27178429, -13.02252404],
    thresholds: thresholds([0.14, 55 / 38], [0.15, 55 / 30], [0.2, 55 / 27]),
    forced: BOTH_ENDS,
    domain: "1280x720, 50 steps",
    source: wanSource(892),
  },
  "wan2.1-t2v-14b-retention": {
    model: "Wan2.1 T2V 14B",
    signal: "timestep-projection",
    coefficients: [-3.03318725e5, 4.90537029e4, -2.65530556e3, 5.87365115e1, -3.15583525e-1],
    thresholds: thresholds([0.1, 1829 / 915], [0.2, 1829 / 578]),
    forced: RETENTION,
    domain: "1280x720, 50 steps",
    source: wanSource(885),
  },
  "wan2.1-i2v-480p": {
    model: "Wan2.1 I2V 14B 480P",
    signal: "timestep-embedding",
    coefficients: [-3.0233167e2, 2.23948934e2, -5.2546397e1, 5.8734844, -2.01973289e-1],
    thresholds: thresholds([0.13, 735 / 464], [0.19, 735 / 372], [0.26, 735 / 300]),
    forced: BOTH_ENDS,
    domain: "832x480, 40 steps",
    source: wanSource(974),
  },
  "wan2.1-i2v-480p-retention": {
    model: "Wan2.1 I2V 14B 480P",
    signal: "timestep-projection",
    coefficients: [2.57151496e5, -3.54229917e4, 1.40286849e3, -1.35890334e1, 1.32517977e-1],
    thresholds: thresholds([0.2, 385 / 212], [0.3, 385 / 164]),
    forced: RETENTION,
    domain: "832x480, 40 steps",
    source: wanSource(967),
  },
  "wan2.1-i2v-720p": {
    model: "Wan2.1 I2V 14B 720P",
    signal: "timestep-embedding",
    coefficients: [-114.36346466, 65.26524496, -18.82220707, 4.91518089, -0.23412683],
    thresholds: thresholds([0.18, 29 / 17], [0.2, 29 / 15], [0.3, 29 / 12]),
    forced: BOTH_ENDS,
    domain: "1280x720, 40 steps",
    source: wanSource(976),
  },
  "wan2.1-i2v-720p-retention": {
    model: "Wan2.1 I2V 14B 720P",
    signal: "timestep-projection",
    coefficients: [8.1070546e3, 2.13393892e3, -3.72934672e2, 1.66203073e1, -4.17769401e-2],
    thresholds: thresholds([0.2, 903 / 430], [0.3, 903 / 340]),
    forced: RETENTION,
    domain: "1280x720, 40 steps",
    source: wanSource(969),
  },
};

const timestepEmbedding = { signal: "timestep-embedding", forced: BOTH_ENDS } as const;

const evaluated = (row: number): string =>
  `TeaCache eval/teacache/experiments/cogvideox.py:${row}, 198 and 210 at 7c10efc`;
const sampled = (row: number): string =>
  `TeaCache TeaCache4CogVideoX1.5/teacache_sample_video.py:${row} and README.md:4 at 7c10efc`;

/** CogVideoX, whose cache uses the timestep embedding alone. */
const COG_VIDEO_X: Readonly<Record<string, TeaCachePreset>> = {
  "cogvideox-2b": {
    ...timestepEmbedding,
    model: "CogVideoX 2B",
    coefficients: [-3.10658903e1, 2.54732368e1, -5.92380459, 1.75769064, -3.61568434e-3],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "720x480x49, 50 steps",
    source: evaluated(75),
  },
  "cogvideox-5b": {
    ...timestepEmbedding,
    model: "CogVideoX 5B, from text or from an image",
    coefficients: [-1.53880483e3, 8.43202495e2, -1.34363087e2, 7.97131516, -5.23162339e-2],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "720x480x49, 50 steps",
    source: evaluated(78),
  },
  "cogvideox-1.5-5b": {
    ...timestepEmbedding,
    model: "CogVideoX1.5 5B",
    coefficients: [2.50210439e2, -1.65061612e2, 3.57804877e1, -7.81551492e-1, 3.58559703e-2],
    thresholds: thresholds([0.1, 1.3], [0.2, 1.8], [0.3, 2.1]),
    domain: "1360x768x81, 50 steps",
    source: sampled(13),
  },
  "cogvideox-1.5-5b-i2v": {
    ...timestepEmbedding,
    model: "CogVideoX1.5 5B from an image",
    coefficients: [1.22842302e2, -1.04088754e2, 2.62981677e1, -3.06009921e-1, 3.7121322e-2],
    thresholds: thresholds([0.1, 1.5], [0.2, 2.2], [0.3, 2.7]),
    domain: "1360x768x81, 50 steps",
    source: sampled(14),
  },
};

/** Models with a single set of coefficients. */
const OTHERS: Readonly<Record<string, TeaCachePreset>> = {
  "open-sora-1.2": {
    ...modulatedInput,
    model: "Open-Sora 1.2",
    coefficients: [2.17546007e2, -1.18329252e2, 2.68662585e1, -4.59364272e-2, 4.8442624e-2],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "480p, 51 frames, 30 steps",
    source: "TeaCache eval/teacache/experiments/opensora.py:77, 215 and 226 at 7c10efc",
  },
  "open-sora-plan-1.1": {
    ...modulatedInput,
    model: "Open-Sora-Plan 1.1",
    coefficients: [2.05943668e5, -1.48759286e4, 3.06085986e2, 1.3141808, 2.39658469e-3],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "512x512x65, 150 PNDM steps, where the paper reports up to 4.41× without stating δ",
    source: "TeaCache eval/teacache/experiments/opensora_plan.py:191, 564 and 575 at 7c10efc; arXiv:2411.19108",
  },
  latte: {
    ...modulatedInput,
    model: "Latte-1",
    coefficients: [-2.46434137e3, 3.08044764e2, 8.07447667e1, -4.11385132, 1.11001402e-1],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "512x512x16, 50 DDIM steps",
    source: "TeaCache eval/teacache/experiments/latte.py:180, 504 and 515 at 7c10efc",
  },
  ltx: {
    ...modulatedInput,
    model: "LTX-Video 0.9.1",
    coefficients: [2.14700694e1, -1.28016453e1, 2.31279151, 7.92487521e-1, 9.69274326e-3],
    thresholds: thresholds([0.03, 1.6], [0.05, 2.1]),
    domain: "768x512x161, 50 steps",
    source: "TeaCache TeaCache4LTX-Video/teacache_ltx.py:72 and 187 at 7c10efc",
  },
  mochi: {
    ...modulatedInput,
    model: "Mochi 1 preview",
    coefficients: [-3.51241319e3, 8.11675948e2, -6.09400215e1, 2.42429681, 3.05291719e-3],
    thresholds: thresholds([0.06, 1.5], [0.09, 2.1]),
    domain: "848x480x163, 64 steps",
    source: "TeaCache TeaCache4Mochi/teacache_mochi.py:70 and 174 at 7c10efc",
  },
  flux: {
    ...modulatedInput,
    model: "FLUX.1 dev",
    coefficients: [4.98651651e2, -2.83781631e2, 5.58554382e1, -3.82021401, 2.64230861e-1],
    thresholds: thresholds([0.25, 1.5], [0.4, 1.8], [0.6, 2], [0.8, 2.25]),
    domain: "28 steps at the pipeline's default size",
    source: "TeaCache TeaCache4FLUX/teacache_flux.py:113 and 323 at 7c10efc",
  },
};

/** All of them, by the name that {@link teaCache} takes. */
export const TEACACHE_PRESETS: Readonly<Record<string, TeaCachePreset>> = {
  ...HUNYUAN,
  ...WAN,
  ...COG_VIDEO_X,
  ...OTHERS,
};
