import { z } from "zod";
import { ProbeError } from "../errors.ts";

/** One tensor of a safetensors file. */
export interface StoredTensor {
  /** By safetensors' name, such as F32. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

/** A safetensors file: what its header says, and its bytes. */
export interface Safetensors {
  readonly keys: readonly string[];
  /** The file's own notes, by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** @returns null if there is no such key, or if its bytes are not all in the file */
  tensor(key: string): StoredTensor | null;
}

const entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const header = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

const LENGTH_BYTES = 8;

function headerOf(bytes: Uint8Array): Record<string, unknown> | null {
  if (bytes.byteLength < LENGTH_BYTES) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(bytes.byteLength - LENGTH_BYTES)) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + LENGTH_BYTES, Number(length)).toString("utf8");
  try {
    return header.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Reads the header of a safetensors file: its length as a 64-bit number, JSON, then the tensors.
 *
 * @returns null if the bytes are no such file
 */
export function readSafetensors(bytes: Uint8Array): Safetensors | null {
  const found = headerOf(bytes);
  if (found === null) return null;
  const { __metadata__: notes, ...entries } = found;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  const data = bytes.subarray(LENGTH_BYTES + length);
  return {
    keys: Object.keys(entries).sort(),
    metadata: metadataSchema.safeParse(notes).data ?? {},
    tensor(key) {
      const { data: of } = entry.safeParse(Object.hasOwn(entries, key) ? entries[key] : undefined);
      if (of === undefined) return null;
      const [from, to] = of.data_offsets;
      return to > data.byteLength || from > to
        ? null
        : { dtype: of.dtype, shape: of.shape, bytes: data.subarray(from, to) };
    },
  };
}

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
 * @param bytes of the whole file
 * @param file its name, for the sentence
 * @throws ProbeError kind input if the file does not hold it as F32, F16, BF16 or U8
 */
export function readTensor(bytes: Uint8Array, name: string, file: string): TensorValues {
  const refuse = (why: string) => new ProbeError("input", `${file} ${why}.`, { path: file });
  const found = readSafetensors(bytes);
  if (found === null) throw refuse("is no safetensors file, or is cut off");
  const tensor = found.tensor(name);
  if (tensor === null) throw refuse(`holds no ${name}, only ${found.keys.join(", ")}`);
  const read = READERS[tensor.dtype];
  if (read === undefined) throw refuse(`holds ${name} as ${tensor.dtype}; ${Object.keys(READERS).join(", ")} are read`);
  return { shape: tensor.shape, values: read(tensor.bytes) };
}
