import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { bundledModel } from "../../src/client/localServer.ts";
import { readRecord } from "../../src/record/read.ts";
import { l1probe } from "../cli/command.ts";

vi.setConfig({ testTimeout: 240_000 });

/** A LoRA of rank 1 for one layer of the bundled model, as a safetensors file. */
async function loraFile(folder: string): Promise<string> {
  const config = JSON.parse(await readFile(join(bundledModel, "transformer/config.json"), "utf8"));
  const width = config.num_attention_heads * config.attention_head_dim;
  const values = new Float32Array(2 * width).map((_, i) => Math.sin(i));
  const half = values.byteLength / 2;
  const layer = "transformer.transformer_blocks.0.attn.to_q";
  const header = JSON.stringify({
    [`${layer}.lora_A.weight`]: { dtype: "F32", shape: [1, width], data_offsets: [0, half] },
    [`${layer}.lora_B.weight`]: { dtype: "F32", shape: [width, 1], data_offsets: [half, 2 * half] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = join(folder, "style.safetensors");
  await writeFile(file, Buffer.concat([length, Buffer.from(header), Buffer.from(values.buffer)]));
  return file;
}

test("a sweep with a LoRA and a prompt that is too long says so everywhere, and resumes with that LoRA only", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "l1probe-lora-"));
  await loraFile(cwd);
  const words = Array.from({ length: 299 }, (_, i) => `w${i}`).join(" ");
  const base = { height: 64, width: 64, frames: 1, schedule: "shift:7", steps: 2 };
  const grid = { prompt: [`${words} square`, `${words} circle`] };
  await writeFile(join(cwd, "a.yaml"), JSON.stringify({ name: "a", base, grid }));
  const { code, err } = await l1probe(["sweep", "a.yaml", "--lora", "style.safetensors:0.5"], { cwd });
  expect([code, err]).toEqual([0, expect.stringMatching(/text_encoder reads 16 of \d+ tokens.*square/)]);
  const record = await readRecord(join(cwd, "runs/a"));
  const [first, second] = record.cells.map(({ cellId }) => rows(record).filter(({ cell_id }) => cell_id === cellId));
  const numbers = (some: typeof first) =>
    some?.map(({ cond_abs_mean, latent_out_abs_mean }) => [cond_abs_mean, latent_out_abs_mean]);
  expect(numbers(second)).toEqual(numbers(first));
  expect(new Set(rows(record).map(({ lora }) => lora))).toEqual(new Set(["style.safetensors:0.5"]));
  for (const { started } of record.cells)
    expect(started?.tokens.map(({ encoder, kept }) => [encoder, kept])).toEqual([
      ["text_encoder", 16],
      ["text_encoder_2", 77],
    ]);
  const page = await readFile(join(cwd, "runs/a/report.html"), "utf8");
  expect(page).toContain("tiny with LoRA style.safetensors:0.5");
  expect(page).toContain("text_encoder reads 16 of");
  const other = await l1probe(["sweep", "a.yaml", "--lora", "style.safetensors"], { cwd });
  expect([other.code, other.err]).toEqual([2, expect.stringContaining("style.safetensors:0.5")]);
  const both = await l1probe(["sweep", "a.yaml", "--lora", "x", "--server", "127.0.0.1:9"], { cwd });
  expect([both.code, both.err]).toEqual([2, expect.stringContaining("--lora x")]);
});
