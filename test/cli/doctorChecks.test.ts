import { expect, test } from "vitest";
import { describedChecks } from "../../src/cli/doctorChecks.ts";
import { type DeepPartial, DescribeResponse, ImageMode, Weights } from "../../src/generated/l1probe/v1/probe.ts";

function told(said: DeepPartial<DescribeResponse>): Record<string, string> {
  const checks = describedChecks(DescribeResponse.fromPartial(said));
  return Object.fromEntries(checks.map(({ what, how }) => [what.trim(), how]));
}

test("a server of two experts that needs an image is described in full", () => {
  const said = told({
    provenance: {
      model: {
        id: "random:tiny-wan-i2v",
        fingerprint: "sha256:0123",
        family: "wan",
        pipeline: "WanImageToVideoPipeline",
        weights: Weights.WEIGHTS_RANDOM,
        transformerParameters: 1_234_000n,
        transformerDtype: "bfloat16",
        otherDtype: "float32",
      },
      compiled: true,
      versions: { torch: "2.9.0" },
    },
    samplers: ["euler", "unipc"],
    shapeRules: {
      heightMultiple: 16,
      widthMultiple: 32,
      frameMultiple: 4,
      minFrames: 5,
      maxFrames: 81,
      maxHeight: 0,
      maxWidth: 0,
    },
    guidanceModes: { trueCfg: true },
    defaultSchedule: "shift:3",
    prediction: "velocity",
    image: ImageMode.IMAGE_MODE_REQUIRED,
    experts: ["transformer", "transformer_2"],
    maxBatch: 16,
  });
  expect(said).toMatchObject({
    model: "random:tiny-wan-i2v (random weights, sha256:0123)",
    family: "wan",
    pipeline: "WanImageToVideoPipeline",
    transformer: "1.23 million parameters, bfloat16, the rest float32",
    experts: "transformer, then transformer_2",
    predicts: "velocity",
    image: "required, height × width",
    guidance: "true_cfg_scale",
    "default schedule": "shift:3",
    samplers: "euler, unipc",
    sizes: "height a multiple of 16, width a multiple of 32; frames 4k + 1, at least 5, at most 81",
    batch: "up to 16 samples per forward",
    compiled: "yes",
    torch: "2.9.0",
  });
});

test("an image model with one transformer takes one frame, no image and no guidance", () => {
  const said = told({
    shapeRules: { heightMultiple: 8, widthMultiple: 8, frameMultiple: 0 },
    guidanceModes: {},
    image: ImageMode.IMAGE_MODE_NONE,
    provenance: {},
  });
  expect(said).toEqual({
    image: "takes none",
    guidance: "none",
    sizes: "height a multiple of 8, width a multiple of 8; images: 1 frame",
    batch: "one cell at a time",
    compiled: "no",
    load: "0 running, 0 queued",
  });
});

test.each([
  [{}, "latents, images and clips"],
  [{ pixelsRefused: "no encoder" }, "latents (no encoder)"],
  [{ latentsRefused: "unknown layout", pixelsRefused: "no encoder" }, "pure noise only (unknown layout; no encoder)"],
])("what runs can start from is named, with the reason for what is refused", (startRules, init) => {
  expect(told({ startRules }).init).toBe(init);
});
