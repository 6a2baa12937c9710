import { readFile } from "node:fs/promises";
import { ProbeError } from "../errors.ts";
import { readSafetensors } from "../experiment/safetensors.ts";

/** The elements of a tensor, in row-major order. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint8Array;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** A copy, since the bytes of a file need not lie at a multiple of four. */
const copied = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

const READERS: Readonly<Record<string, (bytes: Uint8Array) => Float32Array | Uint8Array>> = {
  F32: (bytes) => new Float32Array(copied(bytes)),
  F16: (bytes) => Float32Array.from(new Uint16Array(copied(bytes)), half),
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(copied(bytes)), (bits) => bits << 16).buffer),
  U8: (bytes) => Uint8Array.from(bytes),
};

/**
 * Reads one tensor of a safetensors file.
 *
 * @throws ProbeError kind input if the file does not hold it as F32, F16, BF16 or U8
 */
export async function readTensor(file: string, name: string): Promise<TensorValues> {
  const refuse = (why: string) => new ProbeError("input", `${file} ${why}.`, { path: file });
  const found = readSafetensors(await readFile(file));
  if (found === null) throw refuse("is no safetensors file, or is cut off");
  const tensor = found.tensor(name);
  if (tensor === null) throw refuse(`holds no ${name}, only ${found.keys.join(", ")}`);
  const read = READERS[tensor.dtype];
  if (read === undefined) throw refuse(`holds ${name} as ${tensor.dtype}; ${Object.keys(READERS).join(", ")} are read`);
  return { shape: tensor.shape, values: read(tensor.bytes) };
}
