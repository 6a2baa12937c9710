import { createHash } from "node:crypto";
import { Artifact, ArtifactKind, type Cell, DescribeResponse, Finished } from "../../src/generated/l1probe/v1/probe.ts";
import { provenance } from "../record/sample.ts";
import { eventsOf, type Stage, stage } from "../sweep/stage.ts";

/*
 * A server without a model: its latents are what Euler or Heun makes of the probability flow from noise to Gaussians of
 * known deviations, whose end is known exactly. Each pair of prompt and seed has its own noise and deviations.
 */

const ELEMENTS = 24;

/** d(ln x)/dσ for x = (1 − σ)·x₀ + σ·ε with x₀ of deviation `spread`. */
const rate = (sigma: number, spread: number): number =>
  (sigma - (1 - sigma) * spread ** 2) / ((1 - sigma) ** 2 * spread ** 2 + sigma ** 2);

const euler = (from: number, to: number, spread: number): number => 1 + (to - from) * rate(from, spread);
const heun = (from: number, to: number, spread: number): number => {
  const predicted = euler(from, to, spread);
  return 1 + ((to - from) / 2) * (rate(from, spread) + rate(to, spread) * predicted);
};

/** The states of a run, from its noise or its start to its final latents. */
function statesOf({ sigmas, sampler, seed, prompt, start }: Cell): Float32Array[] {
  const step = sampler === "heun" ? heun : euler;
  const begun =
    start === undefined
      ? Float32Array.from({ length: ELEMENTS }, (_, i) => Math.sin(1 + Number(seed) * 7.1 + i * 3.3))
      : new Float32Array(Uint8Array.from(start.data).buffer);
  const states = [begun];
  for (const [k, sigma] of sigmas.entries()) {
    const next = states.at(-1)?.map((x, i) => {
      const spread = 0.2 + 0.1 * ((i + prompt.length) % 7);
      return x * step(sigma, sigmas[k + 1] ?? 0, spread);
    });
    states.push(next ?? begun);
  }
  return states;
}

type Stored = readonly [dtype: string, shape: readonly number[], bytes: Uint8Array];

function safetensors(tensors: Readonly<Record<string, Stored>>): Buffer {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, [dtype, shape, bytes]]) => {
    const offsets = [at, at + bytes.length];
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: offsets }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...Object.values(tensors).map(([, , bytes]) => bytes)]);
}

const floats = (values: Float32Array): Stored => ["F32", [1, ELEMENTS], new Uint8Array(values.buffer)];

/** 12 × 12 pixels that follow the latents. */
function framesOf(latents: Float32Array): Uint8Array {
  return Uint8Array.from({ length: 12 * 12 * 3 }, (_, i) => 128 + 100 * Math.tanh(latents[i % latents.length] ?? 0));
}

/** The start rules of a model whose latents have that shape at every size. */
const startRules = {
  axes: [{ times: 1 }, { times: ELEMENTS }],
  framesDivisor: 4,
  framesMultiple: 1,
  maxBytes: 2n ** 20n,
};

/**
 * A fake server that runs the flow and keeps latents, states and frames.
 *
 * @param starts whether a run can start from latents
 */
export async function flowServer(starts: boolean): Promise<Stage> {
  const kept = new Map<string, Buffer>();
  const keep = (kind: ArtifactKind, fileName: string, content: Buffer): Artifact => {
    const artifactId = `a${kept.size}`;
    kept.set(artifactId, content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    return Artifact.fromPartial({ artifactId, kind, fileName, size: BigInt(content.length), sha256 });
  };
  return stage(
    (cell, { request }) => {
      const states = statesOf(cell);
      const latents = states.at(-1) ?? new Float32Array(ELEMENTS);
      const contents: Partial<Record<ArtifactKind, Readonly<Record<string, Stored>>>> = {
        [ArtifactKind.ARTIFACT_KIND_LATENTS]: { latents: floats(latents) },
        [ArtifactKind.ARTIFACT_KIND_FRAMES]: { frames: ["U8", [1, 12, 12, 3], framesOf(latents)] },
        [ArtifactKind.ARTIFACT_KIND_STATES]: Object.fromEntries(
          request.statesAt.map((at) => [
            `state.${String(at).padStart(4, "0")}`,
            floats(states[at] ?? new Float32Array(ELEMENTS)),
          ]),
        ),
      };
      const artifacts = request.keep.map((kind) =>
        keep(kind, `${kind}.safetensors`, safetensors(contents[kind] ?? {})),
      );
      return eventsOf(cell, Finished.fromPartial({ seconds: 1, artifacts }));
    },
    {
      describe: DescribeResponse.fromPartial({
        provenance,
        samplers: ["euler", "heun", "unipc"],
        ...(starts ? { startRules } : {}),
      }),
      fetchArtifact: (call) => {
        call.write({ data: kept.get(call.request.artifactId) ?? Buffer.alloc(0) });
        call.end();
      },
    },
  );
}
