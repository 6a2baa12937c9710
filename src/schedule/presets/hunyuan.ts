import { byTokens, cells, fixed, line, type Preset } from "./preset.ts";

const table = (row: number): string => `HunyuanVideo-1.5 hyvideo/commons/__init__.py:${row} at 60783e7`;

const picture = cells(16, 1);

/** HunyuanVideo and what was made from it. */
export const HUNYUAN: Readonly<Record<string, Preset>> = {
  hunyuan: fixed("shift:7", "HunyuanVideo, 50 steps", "HunyuanVideo hyvideo/config.py:187 at fa14b00"),
  "hunyuan-few-steps": fixed(
    "shift:17",
    "HunyuanVideo with few steps",
    "Kong et al. 2024, HunyuanVideo (arXiv:2412.03603)",
  ),
  fasthunyuan: fixed(
    "shift:17",
    "FastHunyuan, 6 steps",
    "FastVideo fastvideo/configs/fasthunyuan_t2v.json:3 at 2f3d407",
  ),
  accvideo: fixed("shift:7", "AccVideo, 5 steps", "AccVideo README.md:92 at a2752d2"),
  framepack: byTokens(
    (tokens) => `${line(tokens, [256, 0.5], [4096, 1.15])},max-shift=7`,
    ({ width, height }) => 9 * picture({ width, height, frames: 1 }),
    "FramePack; tokens of one window of 9 latent frames, whatever the clip's length",
    "FramePack diffusers_helper/pipelines/k_diffusion_hunyuan.py:13 at 97fe5db; diffusers HunyuanVideoFramepackPipeline",
  ),
  "hunyuan-1.5-480p": fixed("shift:5", "HunyuanVideo-1.5 at 480p", table(52)),
  "hunyuan-1.5-720p": fixed("shift:9", "HunyuanVideo-1.5 at 720p from text", table(62)),
  "hunyuan-1.5-720p-i2v": fixed("shift:7", "HunyuanVideo-1.5 at 720p from an image", table(67)),
  "hunyuan-1.5-distilled": fixed(
    "shift:7",
    "HunyuanVideo-1.5 at 480p from an image, distilled to 12 steps",
    table(103),
  ),
  "hunyuan-1.5-sr": fixed("shift:2", "HunyuanVideo-1.5, super-resolution", table(111)),
};
