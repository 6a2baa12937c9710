import { expect, test } from "vitest";
import { PRESETS, parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";
import { PRESET_INPUT } from "../specs.ts";

test.each([
  ["preset:hunyuan", "shift:7"],
  ["preset:hunyuan-few-steps", "shift:17"],
  ["preset:wan2.1", "shift:5"],
  ["preset:wan2.1-480p", "shift:3"],
  ["preset:sd3", "shift:3"],
  ["preset:moviegen", "linear-quadratic:threshold=0.1"],
  ["preset:mochi", "linear-quadratic:threshold=0.025"],
  ["preset:mochi-comfyui", "comfy:simple,shift=6"],
  ["preset:apt-video", "shift:12"],
  ["preset:apt-image", "shift:1"],
  ["preset:sd3-diffusers", "double-shift:3"],
  ["preset:flux-schnell", "linear"],
  ["preset:wan2.1-diffusers-480p", "grid-shift:3,from=1,to=0.001"],
  ["preset:cogvideox", "trailing"],
  ["preset:latte", "leading:offset=0"],
  ["preset:open-sora-1.1", "linspace"],
  ["preset:open-sora-1.2,size=426x240x51", "shift:2.421875"],
  ["preset:open-sora-2.0,size=256x256", "shift:1"],
  ["preset:open-sora-plan-1.1", "leading:offset=0"],
  ["preset:open-sora-plan-1.3", "trailing"],
  ["preset:open-sora-plan-1.5", "shift:7"],
  [
    "preset:framepack,size=640x480x121",
    "token-shift:10800,base-tokens=256,max-tokens=4096,base-mu=0.5,max-mu=1.15,max-shift=7,form=exponential",
  ],
  [
    "preset:ltx,size=768x512x121",
    "stretch:0.1+token-shift:6144,base-tokens=1024,max-tokens=4096,base-mu=0.95,max-mu=2.05,form=exponential",
  ],
  [
    "preset:flux,size=1024x1024",
    "token-shift:4096,base-tokens=256,max-tokens=4096,base-mu=0.5,max-mu=1.15,form=exponential",
  ],
  ["preset:flux2,size=1024x1024", "flux2-shift:4096"],
  [
    "preset:ltx-2,size=768x512x121",
    "stretch:0.1+token-shift:4096,base-tokens=1024,max-tokens=4096,base-mu=0.95,max-mu=2.05,form=exponential",
  ],
  [
    "preset:ltx-2-hq,size=768x512x121",
    "stretch:0.1+token-shift:6144,base-tokens=1024,max-tokens=4096,base-mu=0.95,max-mu=2.05,form=exponential",
  ],
  [
    "preset:ltx-2-diffusers,size=768x512x121",
    "stretch:0.1+token-shift:6144,base-tokens=1024,max-tokens=4096,base-mu=0.95,max-mu=2.05,form=exponential",
  ],
  ["resolution-shift:1024x1024,base=512x512", "shift:2"],
  ["beta57", "beta:0.5,0.7,max=1"],
])("%s stands for %s", (spec, stands) => {
  expect(parseSchedule(spec).spec).toBe(stands);
});

test.each(Object.entries(PRESETS))("%s makes a schedule and cites its source", (name, { input, source, note }) => {
  const { fixedSteps, ...schedule } = parseSchedule(`preset:${name}${PRESET_INPUT[input]}`);
  const steps = fixedSteps ?? 30;
  expect(schedule.sigmas(steps)).toHaveLength(steps);
  expect(note).not.toBe("");
  // A line or a file at a commit, a paper, or a file of a released package.
  expect(source).toMatch(/at [0-9a-f]{7}|arXiv:\d{4}\.\d{5}|\.(json|py)\b/);
});

/** Allowed differences: Wan's own .999 is a float32, and diffusers' UniPC lowers a first sigma of 1. */
const UNEQUAL: Readonly<Record<string, { first: number; others: number }>> = {
  "preset:wan2.1-unipc": { first: 6e-8, others: 6e-8 },
  "preset:wan2.1-diffusers": { first: 1.1e-6, others: 0 },
  "preset:wan2.1-diffusers-480p": { first: 1.1e-6, others: 0 },
};

test.each(golden<{ cases: { spec: string; sigmas: number[] }[] }>("pipeline-defaults").cases)(
  "$spec is what its pipeline runs by default",
  ({ spec, sigmas }) => {
    const { first, others } = UNEQUAL[spec] ?? { first: 0, others: 0 };
    const shown = parseSchedule(spec).sigmas(sigmas.length);
    expect(farthest(shown.slice(0, 1), sigmas.slice(0, 1))).toBeLessThanOrEqual(first);
    expect(farthest(shown.slice(1), sigmas.slice(1))).toBeLessThanOrEqual(others);
  },
);

test.each(golden<{ cases: { spec: string; sigmas: number[] }[] }>("few-steps").cases)(
  "$spec is what its project runs, $sigmas.length steps",
  ({ spec, sigmas }) => {
    // Projects round in float32 in an order of their own; LTX-2 divides by the small 1 − σ of its last step.
    const rounding = spec.startsWith("preset:ltx-2") ? 6e-7 : 1.2e-7;
    expect(farthest(parseSchedule(spec).sigmas(sigmas.length), sigmas)).toBeLessThanOrEqual(rounding);
  },
);

test.each(golden<{ cases: { spec: string; sigmas: number[] }[] }>("own-code").cases)(
  "$spec is what its project's own code runs, $sigmas.length steps",
  ({ spec, sigmas }) => {
    // The projects round in float32 or float64, and in an order of their own; LTX divides by a small 1 − σ.
    const rounding = spec.startsWith("preset:ltx") ? 6e-7 : 2e-7;
    expect(farthest(parseSchedule(spec).sigmas(sigmas.length), sigmas)).toBeLessThanOrEqual(rounding);
  },
);

test("LTX-2 runs one schedule at every size, and checks the size", () => {
  const sigmas = parseSchedule("preset:ltx-2,size=768x512x121").sigmas(5);
  const expected = [1, 0.91744, 0.79072, 0.57146, 0.1];
  expect(sigmas).toStrictEqual(expected.map((sigma) => expect.closeTo(sigma, 5)));
  expect(parseSchedule("preset:ltx-2").sigmas(5)).toStrictEqual(sigmas);
  expect(parseSchedule("preset:ltx-2,size=1280x704x49").sigmas(5)).toStrictEqual(sigmas);
});

test.each([
  ["preset:hunyaun", "did you mean hunyuan?"],
  ["preset:flux", "add for example tokens=4096 or size=1024x1024"],
  ["preset:flux,size=1000x1024", "width and height must be multiples of 16"],
  ["preset:ltx-2,size=768x512x120", "frames 8k + 1"],
  ["preset:ltx-2,size=770x512x121", "multiples of 32"],
  ["preset:ltx-2,tokens=6144", "for every size; leave tokens out"],
  ["preset:ltx-2-diffusers", "depends on the sequence length"],
  ["preset:ltx-2-hq,size=768x512x120", "frames 8k + 1"],
  ["preset:flux,tokens=4096,size=1024x1024", "give one"],
  ["preset:hunyuan,size=1024x1024", "is shift:7 for every size"],
  ["preset:flux,size=big", "it must be WIDTHxHEIGHT"],
  ["preset:open-sora-1.2", "add for example size=1024x576x129"],
  ["preset:open-sora-1.2,tokens=4096", "give size instead of tokens"],
  ["preset:open-sora-1.2,size=512x512x16", "counts no latent frame in 16 frames; use 1 frame, or at least 17"],
  ["preset:open-sora-1.3,size=512x512x4", "use 1 frame, or at least 5"],
  ["preset:open-sora-2.0,size=1000x576x129", "multiples of 16"],
  ["preset:open-sora-2.0,size=1024x576x128", "frames 4k + 1"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
