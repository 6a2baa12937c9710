import { createHash } from "node:crypto";
import { Artifact, ArtifactKind, type Cell, DescribeResponse, Finished } from "../../src/generated/l1probe/v1/probe.ts";
import { provenance } from "../record/sample.ts";
import { eventsOf, type Stage, stage } from "../sweep/stage.ts";

/*
 * A server without a model: its latents are what Euler or Heun makes of the probability flow from noise to Gaussians of
 * known deviations, whose end is known exactly. Each pair of prompt and seed has its own noise and deviations.
 */

/** d(ln x)/dσ for x = (1 − σ)·x₀ + σ·ε with x₀ of deviation `spread`. */
const rate = (sigma: number, spread: number): number =>
  (sigma - (1 - sigma) * spread ** 2) / ((1 - sigma) ** 2 * spread ** 2 + sigma ** 2);

const euler = (from: number, to: number, spread: number): number => 1 + (to - from) * rate(from, spread);
const heun = (from: number, to: number, spread: number): number => {
  const predicted = euler(from, to, spread);
  return 1 + ((to - from) / 2) * (rate(from, spread) + rate(to, spread) * predicted);
};

function latentsOf({ sigmas, sampler, seed, prompt }: Cell): Float32Array {
  const step = sampler === "heun" ? heun : euler;
  return Float32Array.from({ length: 24 }, (_, i) => {
    const spread = 0.2 + 0.1 * ((i + prompt.length) % 7);
    const noise = Math.sin(1 + Number(seed) * 7.1 + i * 3.3);
    return sigmas.reduce((x, sigma, k) => x * step(sigma, sigmas[k + 1] ?? 0, spread), noise);
  });
}

function safetensors(name: string, dtype: string, shape: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.from(JSON.stringify({ [name]: { dtype, shape, data_offsets: [0, bytes.length] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, bytes]);
}

/** 12 × 12 pixels that follow the latents. */
function framesOf(latents: Float32Array): Uint8Array {
  return Uint8Array.from({ length: 12 * 12 * 3 }, (_, i) => 128 + 100 * Math.tanh(latents[i % latents.length] ?? 0));
}

/** A fake server that runs the flow and keeps latents and frames. */
export async function flowServer(): Promise<Stage> {
  const kept = new Map<string, Buffer>();
  const keep = (kind: ArtifactKind, fileName: string, content: Buffer): Artifact => {
    const artifactId = `a${kept.size}`;
    kept.set(artifactId, content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    return Artifact.fromPartial({ artifactId, kind, fileName, size: BigInt(content.length), sha256 });
  };
  return stage(
    (cell, { request }) => {
      const latents = latentsOf(cell);
      const bytes = new Uint8Array(latents.buffer);
      const artifacts = request.keep.map((kind) =>
        kind === ArtifactKind.ARTIFACT_KIND_FRAMES
          ? keep(kind, "frames.safetensors", safetensors("frames", "U8", [1, 12, 12, 3], framesOf(latents)))
          : keep(kind, "latents.safetensors", safetensors("latents", "F32", [1, 24], bytes)),
      );
      return eventsOf(cell, Finished.fromPartial({ seconds: 1, artifacts }));
    },
    {
      describe: DescribeResponse.fromPartial({ provenance, samplers: ["euler", "heun"] }),
      fetchArtifact: (call) => {
        call.write({ data: kept.get(call.request.artifactId) ?? Buffer.alloc(0) });
        call.end();
      },
    },
  );
}
