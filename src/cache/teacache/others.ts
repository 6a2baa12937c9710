import { BOTH_ENDS, type TeaCachePreset, thresholds } from "./preset.ts";

const shared = { signal: "modulated-input", forced: BOTH_ENDS } as const;

/** Models with one set of coefficients each. */
export const OTHERS: Readonly<Record<string, TeaCachePreset>> = {
  "open-sora-1.2": {
    ...shared,
    model: "Open-Sora 1.2",
    coefficients: [2.17546007e2, -1.18329252e2, 2.68662585e1, -4.59364272e-2, 4.8442624e-2],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "480p, 51 frames, 30 steps",
    source: "TeaCache eval/teacache/experiments/opensora.py:77, 215 and 226 at 7c10efc",
  },
  "open-sora-plan-1.1": {
    ...shared,
    model: "Open-Sora-Plan 1.1",
    coefficients: [2.05943668e5, -1.48759286e4, 3.06085986e2, 1.3141808, 2.39658469e-3],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "512x512x65, 150 PNDM steps, where the paper states up to 4.41 times without naming δ",
    source: "TeaCache eval/teacache/experiments/opensora_plan.py:191, 564 and 575 at 7c10efc; arXiv:2411.19108",
  },
  latte: {
    ...shared,
    model: "Latte-1",
    coefficients: [-2.46434137e3, 3.08044764e2, 8.07447667e1, -4.11385132, 1.11001402e-1],
    thresholds: thresholds([0.1, null], [0.2, null]),
    domain: "512x512x16, 50 DDIM steps",
    source: "TeaCache eval/teacache/experiments/latte.py:180, 504 and 515 at 7c10efc",
  },
  ltx: {
    ...shared,
    model: "LTX-Video 0.9.1",
    coefficients: [2.14700694e1, -1.28016453e1, 2.31279151, 7.92487521e-1, 9.69274326e-3],
    thresholds: thresholds([0.03, 1.6], [0.05, 2.1]),
    domain: "768x512x161, 50 steps",
    source: "TeaCache TeaCache4LTX-Video/teacache_ltx.py:72 and 187 at 7c10efc",
  },
  mochi: {
    ...shared,
    model: "Mochi 1 preview",
    coefficients: [-3.51241319e3, 8.11675948e2, -6.09400215e1, 2.42429681, 3.05291719e-3],
    thresholds: thresholds([0.06, 1.5], [0.09, 2.1]),
    domain: "848x480x163, 64 steps",
    source: "TeaCache TeaCache4Mochi/teacache_mochi.py:70 and 174 at 7c10efc",
  },
  flux: {
    ...shared,
    model: "FLUX.1 dev",
    coefficients: [4.98651651e2, -2.83781631e2, 5.58554382e1, -3.82021401, 2.64230861e-1],
    thresholds: thresholds([0.25, 1.5], [0.4, 1.8], [0.6, 2], [0.8, 2.25]),
    domain: "28 steps at the pipeline's own size",
    source: "TeaCache TeaCache4FLUX/teacache_flux.py:113 and 323 at 7c10efc",
  },
};
