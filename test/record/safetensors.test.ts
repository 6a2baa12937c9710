import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTensor } from "../../src/record/safetensors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "l1probe-tensors-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function stored(dtype: string, bytes: Uint8Array): Promise<string> {
  // Two entries, so that the second does not begin at a multiple of four.
  const header = Buffer.from(
    JSON.stringify({
      odd: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
      x: { dtype, shape: [2, 2], data_offsets: [3, 3 + bytes.length] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = join(folder, `${dtype}.safetensors`);
  await writeFile(file, Buffer.concat([length, header, Buffer.from([7, 8, 9]), bytes]));
  return file;
}

// NumPy 2.3: np.array([1, -2.5, 6.1e-5, 65504], np.float16).view(np.uint16), and the upper halves of float32.
test.each([
  ["F32", new Uint8Array(Float32Array.of(1, -2.5, 6.1e-5, 65504).buffer), [1, -2.5, Math.fround(6.1e-5), 65504]],
  ["F16", new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x03ff, 0x7bff).buffer), [1, -2.5, 1023 * 2 ** -24, 65504]],
  [
    "BF16",
    new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x7f80, 0x0000).buffer),
    [1, -2.5, Number.POSITIVE_INFINITY, 0],
  ],
  ["U8", Uint8Array.of(0, 1, 254, 255), [0, 1, 254, 255]],
] as const)("%s is read", async (dtype, bytes, expected) => {
  const { shape, values } = await readTensor(await stored(dtype, bytes), "x");
  expect([shape, [...values]]).toEqual([[2, 2], expected]);
});

test("another dtype, another key and another file are refused by name", async () => {
  const file = await stored("I64", new Uint8Array(32));
  await expect(readTensor(file, "x")).rejects.toThrow("holds x as I64; F32, F16, BF16, U8 are read");
  await expect(readTensor(file, "y")).rejects.toThrow("holds no y, only odd, x");
  await writeFile(file, "no tensors");
  await expect(readTensor(file, "x")).rejects.toThrow("is no safetensors file");
});
