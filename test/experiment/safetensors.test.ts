import { expect, test } from "vitest";
import { readTensor } from "../../src/experiment/safetensors.ts";

function stored(dtype: string, bytes: Uint8Array): Uint8Array {
  // Two entries, so that the second does not begin at a multiple of four.
  const header = Buffer.from(
    JSON.stringify({
      odd: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
      x: { dtype, shape: [2, 2], data_offsets: [3, 3 + bytes.length] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from([7, 8, 9]), bytes]);
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
] as const)("%s is read", (dtype, bytes, expected) => {
  const { shape, values } = readTensor(stored(dtype, bytes), "x", "a file");
  expect([shape, [...values]]).toEqual([[2, 2], expected]);
});

test("another dtype, another key and another file are refused by name", () => {
  const file = stored("I64", new Uint8Array(32));
  expect(() => readTensor(file, "x", "a.safetensors")).toThrow(
    "a.safetensors holds x as I64; F32, F16, BF16, U8 are read",
  );
  expect(() => readTensor(file, "y", "a.safetensors")).toThrow("a.safetensors holds no y, only odd, x");
  expect(() => readTensor(Buffer.from("no tensors"), "x", "a.safetensors")).toThrow(
    "a.safetensors is no safetensors file",
  );
});
