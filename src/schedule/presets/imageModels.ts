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
    "Qwen-Image, 50 steps",
    "Qwen-Image's scheduler_config.json; diffusers 0.42.1 pipelines/qwenimage/pipeline_qwenimage.py:598",
  ),
  "qwen-image-lightning": fixed(
    "mu-shift:3,form=linear",
    "Qwen-Image-Lightning, 4 or 8 steps: μ = ln 3 at every size, so shift:3, and no stretch; its LoRAs are in lightx2v/Qwen-Image-Lightning",
    "Qwen-Image-Lightning generate_with_diffusers.py:58 at 25d1e99",
  ),
  "krea-2": byTokens(
    (tokens) => muLine(tokens, [256, 0.5], [6400, 1.15]),
    tokensOf,
    "Krea 2",
    "krea-2 sampling.py:40 and :120 at db3984f; diffusers 0.42.1 pipelines/krea2/pipeline_krea2.py:618",
  ),
  "krea-2-turbo": fixed(
    "mu-shift:1.15",
    "Krea 2 Turbo (TDM), 8 steps without guidance: μ = 1.15 at every size",
    "krea-2 README.md:60 at db3984f; diffusers 0.42.1 pipelines/krea2/pipeline_krea2.py:616",
  ),
  "z-image-turbo": fixed(
    "shift:3",
    "Z-Image-Turbo, 8 steps; diffusers runs the steps asked since its pull request 13730, before which the last of N was at 0: 9 asked were these 8",
    "Z-Image src/zimage/pipeline.py:201 and src/zimage/scheduler.py:78 at c7ec135; diffusers 0.42.1 pipelines/z_image/pipeline_z_image.py:137; Z-Image-Turbo's scheduler_config.json, shift 3",
  ),
};
