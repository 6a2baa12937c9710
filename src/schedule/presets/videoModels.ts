import { timestepsAsTheyAre } from "./fewSteps.ts";
import { byTokens, fixed, fixedAtAnySize, latentTokens, muLine, type Preset } from "./preset.ts";

const hunyuan15 = (row: number): string => `HunyuanVideo-1.5 hyvideo/commons/__init__.py:${row} at 60783e7`;

const imageTokens = latentTokens(16, 1);

/** HunyuanVideo and its descendants. */
export const HUNYUAN: Readonly<Record<string, Preset>> = {
  hunyuan: fixed("shift:7", "HunyuanVideo, 50 steps", "HunyuanVideo hyvideo/config.py:187 at fa14b00"),
  "hunyuan-few-steps": fixed(
    "shift:17",
    "HunyuanVideo with few steps",
    "Kong et al. 2024, HunyuanVideo (arXiv:2412.03603)",
  ),
  fasthunyuan: fixed(
    "shift:17",
    "FastHunyuan, 6 steps, with the code it was released with; FastVideo's later pipelines let the scheduler make the grid, which then ends far above this list's last sigma",
    "FastVideo scripts/inference/inference_hunyuan.sh and fastvideo/models/hunyuan/inference.py:469 at 58cfd71",
  ),
  accvideo: fixed("shift:7", "AccVideo, 5 steps", "AccVideo README.md:92 at a2752d2"),
  framepack: byTokens(
    (tokens) => `${muLine(tokens, [256, 0.5], [4096, 1.15])},max-shift=7`,
    ({ width, height }) => 9 * imageTokens({ width, height, frames: 1 }),
    "FramePack; tokens of one window of 9 latent frames, for clips of any length",
    "FramePack diffusers_helper/pipelines/k_diffusion_hunyuan.py:13 at 97fe5db; diffusers HunyuanVideoFramepackPipeline",
  ),
  "hunyuan-1.5-480p": fixed("shift:5", "HunyuanVideo-1.5 at 480p", hunyuan15(52)),
  "hunyuan-1.5-720p": fixed("shift:9", "HunyuanVideo-1.5 at 720p from text", hunyuan15(62)),
  "hunyuan-1.5-720p-i2v": fixed("shift:7", "HunyuanVideo-1.5 at 720p from an image", hunyuan15(67)),
  "hunyuan-1.5-distilled": fixed(
    "shift:7",
    "HunyuanVideo-1.5 at 480p from an image, distilled to 12 steps",
    hunyuan15(103),
  ),
  "hunyuan-1.5-sr": fixed("shift:2", "HunyuanVideo-1.5, super-resolution", hunyuan15(111)),
};

/** A Wan shift with the DPM++ of its own code; the default solver of that code runs another grid. */
function wanOwn(shift: number, note: string, source: string): Preset {
  return fixed(
    `shift:${shift}`,
    `${note}, with its DPM++; its default solver, UniPC, runs grid-shift:${shift},from=.999,to=0`,
    source,
  );
}

const wan21 = "Wan2.1 generate.py:76-81 and wan/text2video.py:206-223 at 9737cba";
const wan21UniPc = "Wan2.1 wan/utils/fm_solvers_unipc.py at 9737cba, sigma_max .999";
const wanPipeline = "diffusers 0.42.1 pipelines/wan/pipeline_wan.py:58, UniPCMultistepScheduler";
const wan22 = (file: string, row: number, loop: string): string =>
  `Wan2.2 wan/configs/${file}.py:${row} and wan/${loop}.py at 42bf4cf`;

/** Wan2.1 and Wan2.2: their shifts, and the shifted grids of their solvers. */
export const WAN: Readonly<Record<string, Preset>> = {
  "wan2.1": wanOwn(5, "Wan2.1 (8 to 12 recommended for 1.3B)", wan21),
  "wan2.1-480p": wanOwn(3, "Wan2.1 from an image at 480p", wan21),
  "wan2.1-flf2v": wanOwn(16, "Wan2.1, first and last frame", wan21),
  "wan2.1-vace": wanOwn(16, "Wan2.1 VACE", wan21),
  "wan2.1-unipc": fixed("grid-shift:5,from=.999,to=0", "Wan2.1 with its own UniPC, its default solver", wan21UniPc),
  "wan2.1-diffusers": fixed("grid-shift:5,from=1,to=.001", "Wan2.1 at 720p, as WanPipeline runs it", wanPipeline),
  "wan2.1-diffusers-480p": fixed("grid-shift:3,from=1,to=.001", "Wan2.1 at 480p, as WanPipeline runs it", wanPipeline),
  "wan2.2-t2v-a14b": wanOwn(
    12,
    "Wan2.2 from text (the expert changes at timestep 875)",
    wan22("wan_t2v_A14B", 34, "text2video"),
  ),
  "wan2.2-i2v-a14b": wanOwn(
    5,
    "Wan2.2 from an image (the expert changes at timestep 900)",
    wan22("wan_i2v_A14B", 34, "image2video"),
  ),
  "wan2.2-ti2v-5b": wanOwn(5, "Wan2.2 5B", wan22("wan_ti2v_5B", 33, "textimage2video")),
  "wan2.2-s2v": wanOwn(3, "Wan2.2 from speech", wan22("wan_s2v_14B", 57, "speech2video")),
  "fastwan-480p": fixed(
    "distilled:fastwan-480p",
    `FastWan2.1 at 480p and FastWan2.2 5B, 3 steps: ${timestepsAsTheyAre}`,
    "FastVideo fastvideo/configs/pipelines/wan.py:124 and fastvideo/pipelines/stages/denoising.py:1318 at 2f3d407",
  ),
};

const ltxShift = (tokens: string): string => `stretch:.1+${muLine(tokens, [1024, 0.95], [4096, 2.05])}`;

const ltxTokens = latentTokens(32, 8);
const ltxScheduler = "packages/ltx-core/src/ltx_core/components/schedulers.py:25 at 400fd31";

const apt = (what: string): string =>
  `APT, ${what}: the shift of the timesteps that its discriminator is trained at; its generator runs one step`;

/** Other flow models for video. */
export const VIDEO: Readonly<Record<string, Preset>> = {
  ltx: byTokens(
    ltxShift,
    ltxTokens,
    "LTX-Video 0.9.0 and 0.9.1",
    "LTX-Video ltx_video/schedulers/rf.py:73 at 5260738; diffusers scripts/convert_ltx_to_diffusers.py",
  ),
  "ltx-condition": fixed(
    "linear-quadratic:threshold=.025",
    "LTX-Video 0.9.5 and later in diffusers' LTXConditionPipeline; their scheduler has no shift",
    "diffusers 0.42.1 pipelines/ltx/pipeline_ltx_condition.py:1114 and scripts/convert_ltx_to_diffusers.py; LTX-Video ltx_video/schedulers/rf.py:24 at 5260738",
  ),
  "ltx-2": fixedAtAnySize(
    ltxShift("4096"),
    ltxTokens,
    "LTX-2 at every size: its pipelines but two_stages_hq do not pass the latent, so its scheduler counts 4096 tokens (μ = 2.05)",
    `LTX-2 packages/ltx-pipelines/src/ltx_pipelines/ti2vid_one_stage.py:207 and ${ltxScheduler}`,
  ),
  "ltx-2-hq": byTokens(
    ltxShift,
    ltxTokens,
    "LTX-2's two_stages_hq pipeline, by the tokens of its first stage, which has half the clip's width and height",
    `LTX-2 packages/ltx-pipelines/src/ltx_pipelines/ti2vid_two_stages_hq.py:267 and ${ltxScheduler}`,
  ),
  "ltx-2-diffusers": byTokens(
    ltxShift,
    ltxTokens,
    "LTX-2 in diffusers' LTX2Pipeline",
    "diffusers 0.42.1 pipelines/ltx2/pipeline_ltx2.py:1346",
  ),
  "ltx-2-distilled": fixed(
    "distilled:ltx-2",
    "LTX-2 distilled, 8 steps",
    "LTX-2 packages/ltx-pipelines/src/ltx_pipelines/utils/constants.py:17 at 400fd31",
  ),
  "ltx-2-stage-two": fixed(
    "sigmas:.909375,.725,.421875",
    "LTX-2's second stage, 3 steps; it starts below 1, so it refines the upscaled latent of the first stage",
    "LTX-2 packages/ltx-pipelines/src/ltx_pipelines/utils/constants.py:20 at 400fd31",
  ),
  mochi: fixed(
    "linear-quadratic:threshold=.025",
    "Mochi 1's own code and diffusers, 64 steps",
    "mochi demos/cli.py:74 at 0c86aeb; diffusers MochiPipeline",
  ),
  "mochi-comfyui": fixed(
    "comfy:simple,shift=6",
    "Mochi 1 in ComfyUI, Euler, 30 steps, as its example workflow runs it",
    "ComfyUI comfy/supported_models.py, GenmoMochi, at c4d1a8d; ComfyUI_examples mochi/mochi_text_to_video_example.webp at f9431bb",
  ),
  moviegen: fixed(
    "linear-quadratic:threshold=.1",
    "Movie Gen: 50 steps instead of 250 linear ones, whose first 25 it follows",
    "Polyak et al. 2024, Movie Gen (arXiv:2410.13720)",
  ),
  "apt-video": fixed("shift:12", apt("video"), "Lin et al. 2025, APT (arXiv:2501.08316), equation 7"),
  "apt-image": fixed("shift:1", apt("images"), "Lin et al. 2025, APT (arXiv:2501.08316), equation 7"),
};

/** Models with a variance-preserving noise schedule, whose sigmas encode whole training timesteps. */
export const VARIANCE_PRESERVING: Readonly<Record<string, Preset>> = {
  cogvideox: fixed(
    "trailing",
    "CogVideoX and 1.5, DDIM (2B) or DPM (5B and 1.5), 50 steps; the authors' SAT code takes the same timesteps at 50 steps, others elsewhere; their shifts (3 for 2B, 1 for 5B) are part of the noise schedule, not of the timesteps",
    "CogVideo inference/cli_demo.py:139-142 at 7a1af71; diffusers scripts/convert_cogvideox_to_diffusers.py, CogVideoXDDIMScheduler and CogVideoXDPMScheduler",
  ),
  latte: fixed(
    "leading:offset=0",
    "Latte-1, DDIM, 50 steps, with the scheduler settings of its weights, which are diffusers' defaults",
    "Latte configs/t2x/t2v_sample.yaml at b27c24a; diffusers DDIMScheduler's defaults",
  ),
};
