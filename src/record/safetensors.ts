import { readFile } from "node:fs/promises";
import { ProbeError } from "../errors.ts";

/** A tensor of a safetensors file, its elements in row-major order. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint8Array;
}

type Reader = (bytes: Buffer) => Float32Array | Uint8Array;

/** A copy, since the bytes of a file need not lie at a multiple of four. */
const aligned = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const READERS: Readonly<Record<string, Reader>> = {
  F32: (bytes) => new Float32Array(aligned(bytes)),
  F16: (bytes) => Float32Array.from(new Uint16Array(aligned(bytes)), half),
  BF16: (bytes) => {
    const halves = new Uint16Array(aligned(bytes));
    const words = Uint32Array.from(halves, (bits) => bits << 16);
    return new Float32Array(words.buffer);
  },
  U8: (bytes) => Uint8Array.from(bytes),
};

/**
 * Reads one tensor of a safetensors file.
 *
 * @throws ProbeError kind input if the file does not hold it in a dtype that is read: F32, F16, BF16 or U8
 */
export async function readTensor(file: string, name: string): Promise<StoredTensor> {
  const bytes = await readFile(file);
  const refuse = (why: string, cause?: unknown) => new ProbeError("input", `${file} ${why}.`, { path: file, cause });
  const length = bytes.length < 8 ? Number.NaN : Number(bytes.readBigUInt64LE());
  if (!(length <= bytes.length - 8)) throw refuse("is no safetensors file, or is cut off");
  let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] } | undefined>;
  try {
    header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  } catch (error) {
    throw refuse("has a header that cannot be read", error);
  }
  const entry = header[name];
  if (entry === undefined) throw refuse(`holds no ${name}, only ${Object.keys(header).join(", ")}`);
  const read = READERS[entry.dtype];
  if (read === undefined) throw refuse(`holds ${name} as ${entry.dtype}; ${Object.keys(READERS).join(", ")} are read`);
  const [from, to] = entry.data_offsets;
  return { shape: entry.shape, values: read(bytes.subarray(8 + length + from, 8 + length + to)) };
}
