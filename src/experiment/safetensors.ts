import { z } from "zod";

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
