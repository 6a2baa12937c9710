import { BOTH_ENDS, type TeaCachePreset, thresholds } from "./preset.ts";

/** Speed-ups are quotients of the times that the README lists. */
const at = (row: number): string => `TeaCache TeaCache4Wan2.1/teacache_generate.py:${row} and README.md at 7c10efc`;

/** With retention (use_ret_steps): the first five steps are computed, and the last need not be. */
const RETENTION = { first: 5, last: 0 } as const;

/** Wan2.1, by task, size, and whether the first steps are retained; conditional and unconditional pass alike. */
export const WAN: Readonly<Record<string, TeaCachePreset>> = {
  "wan2.1-t2v-1.3b": {
    model: "Wan2.1 T2V 1.3B",
    signal: "timestep-embedding",
    coefficients: [2.39676752e3, -1.31110545e3, 2.01331979e2, -8.29855975, 1.37887774e-1],
    thresholds: thresholds([0.05, 175 / 117], [0.07, 175 / 110], [0.08, 175 / 88]),
    forced: BOTH_ENDS,
    domain: "832x480, 50 steps",
    source: at(890),
  },
  "wan2.1-t2v-1.3b-retention": {
    model: "Wan2.1 T2V 1.3B",
    signal: "timestep-projection",
    coefficients: [-5.21862437e4, 9.23041404e3, -5.28275948e2, 1.36987616e1, -4.99875664e-2],
    thresholds: thresholds([0.05, 97 / 61], [0.1, 97 / 41]),
    forced: RETENTION,
    domain: "832x480, 50 steps",
    source: at(883),
  },
  "wan2.1-t2v-14b": {
    model: "Wan2.1 T2V 14B",
    signal: "timestep-embedding",
    coefficients: [-5784.54975374, 5449.50911966, -1811.16591783, 256.27178429, -13.02252404],
    thresholds: thresholds([0.14, 55 / 38], [0.15, 55 / 30], [0.2, 55 / 27]),
    forced: BOTH_ENDS,
    domain: "1280x720, 50 steps",
    source: at(892),
  },
  "wan2.1-t2v-14b-retention": {
    model: "Wan2.1 T2V 14B",
    signal: "timestep-projection",
    coefficients: [-3.03318725e5, 4.90537029e4, -2.65530556e3, 5.87365115e1, -3.15583525e-1],
    thresholds: thresholds([0.1, 1829 / 915], [0.2, 1829 / 578]),
    forced: RETENTION,
    domain: "1280x720, 50 steps",
    source: at(885),
  },
  "wan2.1-i2v-480p": {
    model: "Wan2.1 I2V 14B 480P",
    signal: "timestep-embedding",
    coefficients: [-3.0233167e2, 2.23948934e2, -5.2546397e1, 5.8734844, -2.01973289e-1],
    thresholds: thresholds([0.13, 735 / 464], [0.19, 735 / 372], [0.26, 735 / 300]),
    forced: BOTH_ENDS,
    domain: "832x480, 40 steps",
    source: at(974),
  },
  "wan2.1-i2v-480p-retention": {
    model: "Wan2.1 I2V 14B 480P",
    signal: "timestep-projection",
    coefficients: [2.57151496e5, -3.54229917e4, 1.40286849e3, -1.35890334e1, 1.32517977e-1],
    thresholds: thresholds([0.2, 385 / 212], [0.3, 385 / 164]),
    forced: RETENTION,
    domain: "832x480, 40 steps",
    source: at(967),
  },
  "wan2.1-i2v-720p": {
    model: "Wan2.1 I2V 14B 720P",
    signal: "timestep-embedding",
    coefficients: [-114.36346466, 65.26524496, -18.82220707, 4.91518089, -0.23412683],
    thresholds: thresholds([0.18, 29 / 17], [0.2, 29 / 15], [0.3, 29 / 12]),
    forced: BOTH_ENDS,
    domain: "1280x720, 40 steps",
    source: at(976),
  },
  "wan2.1-i2v-720p-retention": {
    model: "Wan2.1 I2V 14B 720P",
    signal: "timestep-projection",
    coefficients: [8.1070546e3, 2.13393892e3, -3.72934672e2, 1.66203073e1, -4.17769401e-2],
    thresholds: thresholds([0.2, 903 / 430], [0.3, 903 / 340]),
    forced: RETENTION,
    domain: "1280x720, 40 steps",
    source: at(969),
  },
};
