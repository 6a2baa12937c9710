import { byTokens, cells, fixed, line, type Preset } from "./preset.ts";

const shifted = (tokens: string): string => `stretch:.1+${line(tokens, [1024, 0.95], [4096, 2.05])}`;

/** Flow models that make videos, each the only one of its house. */
export const VIDEO: Readonly<Record<string, Preset>> = {
  ltx: byTokens(
    shifted,
    cells(32, 8),
    "LTX-Video 0.9.0 and 0.9.1",
    "LTX-Video ltx_video/schedulers/rf.py:73 at 5260738; diffusers scripts/convert_ltx_to_diffusers.py",
  ),
  "ltx-condition": fixed(
    "linear-quadratic:threshold=.025",
    "LTX-Video in diffusers' LTXConditionPipeline",
    "LTX-Video ltx_video/schedulers/rf.py at 5260738; diffusers LTXConditionPipeline",
  ),
  "ltx-2": byTokens(
    shifted,
    cells(32, 8),
    "LTX-2",
    "LTX-2 packages/ltx-core/src/ltx_core/components/schedulers.py:25 at 400fd31",
  ),
  "ltx-2-distilled": fixed(
    "distilled:ltx-2",
    "LTX-2 distilled, 8 steps",
    "LTX-2 packages/ltx-pipelines/src/ltx_pipelines/utils/constants.py:17 at 400fd31",
  ),
  mochi: fixed(
    "linear-quadratic:threshold=.025",
    "Mochi 1's own code and diffusers, 64 steps",
    "mochi demos/cli.py:74 at 0c86aeb; diffusers MochiPipeline",
  ),
  "mochi-comfyui": fixed("shift:6", "Mochi 1 in ComfyUI", "ComfyUI comfy/supported_models.py, GenmoMochi"),
  moviegen: fixed(
    "linear-quadratic:threshold=.1",
    "Movie Gen: 50 steps for 250 linear ones",
    "Polyak et al. 2024, Movie Gen (arXiv:2410.13720)",
  ),
  "apt-video": fixed("shift:12", "APT, video", "Lin et al. 2025, APT (arXiv:2501.08316)"),
  "apt-image": fixed("shift:1", "APT, images", "Lin et al. 2025, APT (arXiv:2501.08316)"),
};
