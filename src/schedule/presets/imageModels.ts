import { byTokens, fixed, latentTokens, muLine, type Preset } from "./preset.ts";

const tokensOf = latentTokens(16, 1);

/** Image models. */
export const IMAGE_MODELS: Readonly<Record<string, Preset>> = {
  sd3: fixed(
    "shift:3",
    "Stable Diffusion 3, the paper's shift applied once",
    "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  ),
  "sd3-diffusers": fixed(
    "double-shift:3",
    "Stable Diffusion 3 and 3.5, as the authors' code and StableDiffusion3Pipeline run them",
    "sd3-ref sd3_infer.py:167 at 883b836; diffusers FlowMatchEulerDiscreteScheduler(shift=3)",
  ),
  flux: byTokens(
    (tokens) => muLine(tokens, [256, 0.5], [4096, 1.15]),
    tokensOf,
    "FLUX.1 dev",
    "flux src/flux/sampling.py:281-302 at 802fb47",
  ),
  "flux-schnell": fixed("linear", "FLUX.1 schnell, 4 steps", "flux src/flux/cli.py:255 at 802fb47"),
  flux2: byTokens(
    (tokens) => `flux2-shift:${tokens}`,
    tokensOf,
    "FLUX.2 dev",
    "flux2 src/flux2/sampling.py:251 at ab7cca6",
  ),
  "qwen-image": byTokens(
    (tokens) => `stretch:.02+${muLine(tokens, [256, 0.5], [8192, 0.9])}`,
    tokensOf,
    "Qwen-Image",
    "Qwen-Image's scheduler_config.json; diffusers QwenImagePipeline",
  ),
};
