import { expect, test } from "vitest";
import { PRESETS, parseSchedule } from "../../../src/schedule/index.ts";

test.each([
  ["preset:hunyuan", "shift:7"],
  ["preset:hunyuan-few-steps", "shift:17"],
  ["preset:wan2.1", "shift:5"],
  ["preset:wan2.1-480p", "shift:3"],
  ["preset:sd3", "shift:3"],
  ["preset:moviegen", "linear-quadratic:threshold=0.1"],
  ["preset:mochi", "linear-quadratic:threshold=0.025"],
  ["preset:apt-video", "shift:12"],
  ["preset:apt-image", "shift:1"],
  [
    "preset:flux,size=1024x1024",
    "token-shift:4096,base-tokens=256,max-tokens=4096,base-mu=0.5,max-mu=1.15,form=exponential",
  ],
  ["preset:flux2,size=1024x1024", "flux2-shift:4096"],
  [
    "preset:ltx-2,size=768x512x121",
    "stretch:0.1+token-shift:6144,base-tokens=1024,max-tokens=4096,base-mu=0.95,max-mu=2.05,form=exponential",
  ],
  ["resolution-shift:1024x1024,base=512x512", "shift:2"],
  ["beta57", "beta:0.5,0.7,max=1"],
])("%s stands for %s", (spec, stands) => {
  expect(parseSchedule(spec).spec).toBe(stands);
});

test("every preset makes a schedule", () => {
  for (const [name, { tokensOf }] of Object.entries(PRESETS)) {
    const { fixedSteps, ...schedule } = parseSchedule(`preset:${name}${tokensOf === null ? "" : ",tokens=4096"}`);
    expect(fixedSteps).toBeNull();
    expect(schedule.sigmas(30)).toHaveLength(30);
  }
});

test.each([
  ["preset:hunyaun", "did you mean hunyuan?"],
  ["preset:flux", "add tokens=4096 or size=1024x1024"],
  ["preset:flux,size=1000x1024", "width and height must be multiples of 16"],
  ["preset:ltx-2,size=768x512x120", "frames 8k + 1"],
  ["preset:flux,tokens=4096,size=1024x1024", "give one"],
  ["preset:hunyuan,size=1024x1024", "is shift:7 whatever the size"],
  ["preset:flux,size=big", "it must be WIDTHxHEIGHT"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
