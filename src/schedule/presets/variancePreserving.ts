import { fixed, type Preset } from "./preset.ts";

/** Models on a variance-preserving noise schedule, whose sigmas stand for whole training timesteps. */
export const VARIANCE_PRESERVING: Readonly<Record<string, Preset>> = {
  cogvideox: fixed(
    "trailing",
    "CogVideoX and 1.5, DDIM, 50 steps; their shifts (3 for 2B, 1 for 5B) are in the noise, not in the timesteps",
    "diffusers scripts/convert_cogvideox_to_diffusers.py, CogVideoXDDIMScheduler",
  ),
  latte: fixed(
    "leading:offset=0",
    "Latte-1, DDIM, 50 steps, where its weights' scheduler has diffusers' defaults",
    "Latte configs/t2x/t2v_sample.yaml at b27c24a; diffusers DDIMScheduler's defaults",
  ),
};
