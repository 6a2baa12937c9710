import { fixed, type Preset } from "./preset.ts";

const wan21 = "Wan2.1 generate.py:76-81 at 9737cba";
const own = "Wan2.1 wan/utils/fm_solvers_unipc.py at 9737cba, sigma_max .999";
const stock = "diffusers 0.42.1 pipelines/wan/pipeline_wan.py:58, UniPCMultistepScheduler";
const wan22 = (file: string, row: number): string => `Wan2.2 wan/configs/${file}.py:${row} at 42bf4cf`;

/** Wan2.1 and Wan2.2: the shifts alone, and the grids that their solvers shift. */
export const WAN: Readonly<Record<string, Preset>> = {
  "wan2.1": fixed("shift:5", "Wan2.1; for 1.3B its authors advise 8 to 12", wan21),
  "wan2.1-480p": fixed("shift:3", "Wan2.1 from an image at 480p", wan21),
  "wan2.1-flf2v": fixed("shift:16", "Wan2.1, first and last frame", wan21),
  "wan2.1-vace": fixed("shift:16", "Wan2.1 VACE", wan21),
  "wan2.1-unipc": fixed("grid-shift:5,from=.999,to=0", "Wan2.1, as its own UniPC shifts its grid", own),
  "wan2.1-diffusers": fixed("grid-shift:5,from=1,to=.001", "Wan2.1 at 720p, as WanPipeline runs it", stock),
  "wan2.1-diffusers-480p": fixed("grid-shift:3,from=1,to=.001", "Wan2.1 at 480p, as WanPipeline runs it", stock),
  "wan2.2-t2v-a14b": fixed(
    "shift:12",
    "Wan2.2 from text; the expert changes at timestep 875",
    wan22("wan_t2v_A14B", 34),
  ),
  "wan2.2-i2v-a14b": fixed(
    "shift:5",
    "Wan2.2 from an image; the expert changes at timestep 900",
    wan22("wan_i2v_A14B", 34),
  ),
  "wan2.2-ti2v-5b": fixed("shift:5", "Wan2.2 5B", wan22("wan_ti2v_5B", 33)),
  "wan2.2-s2v": fixed("shift:3", "Wan2.2 from speech", wan22("wan_s2v_14B", 57)),
  "fastwan-480p": fixed(
    "distilled:fastwan-480p",
    "FastWan2.1 at 480p, 3 steps",
    "FastVideo fastvideo/configs/pipelines/wan.py:124 at 2f3d407",
  ),
};
