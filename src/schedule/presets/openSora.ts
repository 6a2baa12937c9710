import { bySize, fixed, type Preset } from "./preset.ts";

/** Open-Sora and Open-Sora-Plan, which diffusers does not include; each version samples differently. */
export const OPEN_SORA: Readonly<Record<string, Preset>> = {
  "open-sora-1.0": fixed(
    "linspace",
    "Open-Sora 1.0, improved DDPM, 100 steps",
    "Open-Sora configs/opensora/inference/16x512x512.py:25 and opensora/schedulers/iddpm/respace.py at c861b98 (v1.0.0)",
  ),
  "open-sora-1.1": fixed(
    "linspace",
    "Open-Sora 1.1, improved DDPM, 100 steps",
    "Open-Sora configs/opensora-v1-1/inference/sample.py:29 and opensora/schedulers/iddpm/respace.py at d599fd7 (v1.1.0)",
  ),
  "open-sora-1.2": bySize(
    (size) => `open-sora-shift:${size},version=1.2`,
    "Open-Sora 1.2, rectified flow, 30 steps",
    "Open-Sora opensora/schedulers/rf/rectified_flow.py:10 and configs/opensora-v1-2/inference/sample.py:36 at 17cce90 (v1.2.0)",
  ),
  "open-sora-1.3": bySize(
    (size) => `open-sora-shift:${size},version=1.3`,
    "Open-Sora 1.3, rectified flow, 30 steps",
    "Open-Sora opensora/schedulers/rf/time_sampler.py:27 and configs/opensora-v1-3/inference/t2v.py:43 at b096aa3 (v1.3)",
  ),
  "open-sora-2.0": bySize(
    (size) => `open-sora-shift:${size},version=2.0`,
    "Open-Sora 2.0, rectified flow, 50 steps",
    "Open-Sora opensora/utils/sampling.py:307 and configs/diffusion/inference/256px.py at 7ad6a96",
  ),
  "open-sora-plan-1.0": fixed(
    "leading:offset=0",
    "Open-Sora-Plan 1.0, PNDM, 250 steps; PNDM's first steps also evaluate between these timesteps",
    "Open-Sora-Plan opensora/sample/sample_t2v.py:151 and scripts/text_condition/sample_video.sh:10 at a737503 (v1.0.0)",
  ),
  "open-sora-plan-1.1": fixed(
    "leading:offset=0",
    "Open-Sora-Plan 1.1, PNDM, 150 steps; PNDM's first steps also evaluate between these timesteps",
    "Open-Sora-Plan opensora/sample/sample_t2v.py:153 and scripts/text_condition/sample_video_65.sh:15 at 2a8b232 (v1.1.0)",
  ),
  "open-sora-plan-1.2": fixed(
    "linspace",
    "Open-Sora-Plan 1.2, Euler ancestral, 100 steps; it uses fractional timesteps, here rounded to whole ones",
    "Open-Sora-Plan README.md:296 and opensora/sample/sample_t2v.py:109 at adb2a20 (v1.2.0)",
  ),
  "open-sora-plan-1.3": fixed(
    "trailing",
    "Open-Sora-Plan 1.3, Euler ancestral on zero-SNR betas, v-prediction, 100 steps",
    "Open-Sora-Plan opensora/utils/sample_utils.py:42 and scripts/text_condition/gpu/sample_t2v_v1_3.sh:19 at 1124621 (v1.3.0)",
  ),
  "open-sora-plan-1.5": fixed(
    "shift:7",
    "Open-Sora-Plan 1.5, rectified flow, 50 steps",
    "Open-Sora-Plan examples/opensoraplan1.5/inference_t2v_model1_5.json:91 at 80c9347 (v1.5.0)",
  ),
};
