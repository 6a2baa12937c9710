import { fixed, type Preset } from "./preset.ts";

const fresh = "with fresh noise at every step (sampler euler-stochastic)";

/** How CausVid and FastWan run the list 1000, 757, 522. */
export const timestepsAsTheyAre = `the timesteps 1000, 757, 522 as the model gets them, ${fresh}, whose sigmas their code takes from the nearest steps of a shift:8 grid (.75676, .52174)`;

const lightx2vScheduler = (row: number): string =>
  `lightx2v/models/schedulers/wan/step_distill/scheduler.py:${row} at 29c8504`;

/** Models distilled to a few steps, most of them from Wan. Their lists are exact at the number of steps in the note. */
export const FEW_STEPS: Readonly<Record<string, Preset>> = {
  "wan2.1-lightx2v": fixed(
    "shift:5",
    "Wan2.1 distilled by LightX2V, Euler, 4 steps (1, .9375, .83333, .625) or 8 steps, which no configuration of LightX2V lists; its code before 753a494 added fresh noise at every step (sampler euler-stochastic); its LoRA is in lightx2v/Wan2.1-Distill-Loras",
    `LightX2V configs/distill/wan21/wan_t2v_distill_lora_4step_cfg.json and ${lightx2vScheduler(42)}; with fresh noise, configs/distill/wan_t2v_distill_4step_cfg.json at 930c320`,
  ),
  "wan2.2-lightx2v": fixed(
    "shift:5",
    "Wan2.2 A14B distilled by LightX2V, Euler, 4 steps, the expert changes after 2; or 8 steps, which no configuration of LightX2V lists; its LoRAs, one per expert, are in lightx2v/Wan2.2-Distill-Loras",
    `LightX2V configs/distill/wan22/wan_moe_t2v_distill_lora.json and ${lightx2vScheduler(80)}`,
  ),
  "wan2.2-lightning": fixed(
    "shift:5",
    "Wan2.2-Lightning, Euler, 4 steps (1, .9375, .83333, .625), the expert changes after 2; its LoRAs, one per expert, are in lightx2v/Wan2.2-Lightning",
    "Wan2.2-Lightning wan/configs/wan_t2v_A14B.py:34, wan/text2video.py:340 and wan/utils/fm_solvers_euler.py:16 at 92efeb4",
  ),
  "self-forcing": fixed(
    "shift:5",
    `Self-Forcing, 4 steps (1, .9375, .83333, .625), ${fresh}`,
    "Self-Forcing configs/self_forcing_dmd.yaml:7-15 and pipeline/causal_inference.py:27-31 at 33593df",
  ),
  causvid: fixed(
    "sigmas:1,.757,.522",
    `CausVid, bidirectional, 3 steps: ${timestepsAsTheyAre}`,
    "CausVid configs/wan_bidirectional_dmd.yaml:12-15 and causvid/models/wan/bidirectional_inference.py:23 at ca21150",
  ),
  "causvid-4-steps": fixed(
    "shift:8",
    `CausVid, causal, 4 warped steps (1, .96, .88889, .72727), ${fresh}`,
    "CausVid configs/wan_causal_dmd_warp_4step_cfg2.yaml:14-18 and causvid/models/wan/causal_inference.py:32 at ca21150",
  ),
  rcm: fixed(
    "sigmas:.9876543209876543,.782708009805053,.608979049230431,.4062240103969562",
    `rCM on Wan2.1, 4 steps, as its first code runs them: tan t/(1 + tan t) at t = atan 80, 1.3, 1, .6, ${fresh}`,
    "rcm rcm/inference/wan2pt1_t2v_rcm_infer.py:188 at 20207e5",
  ),
  "rcm-high-noise": fixed(
    "sigmas:.9876543209876543,.933781061416858,.852895394823775,.608979049230431",
    `rCM on Wan2.1, 4 steps, as its later code runs them: t = atan 80, 1.5, 1.4, 1, ${fresh}; its examples at 720p begin at t = atan 120, σ = .99174`,
    "rcm rcm/inference/wan2pt1_t2v_rcm_infer.py:145 at 5b41aa9",
  ),
  "rcm-wan2.2": fixed(
    "sigmas:.9950248756218906,.933781061416858,.852895394823775,.608979049230431",
    `rCM on Wan2.2 A14B from an image, 4 steps: t = atan 200, 1.5, 1.4, 1, ${fresh}, or Euler with its option --ode; the expert changes below σ = .9, after 2`,
    "rcm rcm/inference/wan2pt2_i2v_rcm_infer.py:69 and :176 at 5b41aa9",
  ),
};
