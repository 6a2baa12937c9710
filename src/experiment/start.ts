import { createHash } from "node:crypto";
import { z } from "zod";
import { didYouMean, ProbeError } from "../errors.ts";
import { type ImagePorts, type ImageSize, imageSize } from "./conditioningImage.ts";
import { readSafetensors, type Safetensors, type StoredTensor } from "./safetensors.ts";

const FILE = "the path of a .safetensors file, an image or a clip";
const FORM = `${FILE}, FILE#KEY, or {file: …, key: …, noise: false}`;

/** What a cell starts from, as an experiment writes it. */
export const initValue = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        file: z.string().min(1).describe("Relative to the experiment's file."),
        key: z.string().min(1).optional().describe('A tensor of a .safetensors file; by default "latents".'),
        noise: z
          .boolean()
          .optional()
          .meta({ default: true })
          .describe("false continues from exactly this state at the first sigma; nothing is added to it."),
      }),
    ],
    { error: FORM },
  )
  .nullable()
  .describe(
    "What the run starts from instead of pure noise: latents or a state that an earlier cell kept, or an image or a " +
      "clip, which goes through the VAE. Noise of the first sigma is added, unless noise is false.",
  );

/** An experiment's value of `init`. */
export type InitValue = NonNullable<z.infer<typeof initValue>>;

/** What a cell starts from, as a manifest has it. */
export const storedStart = z
  .strictObject({
    kind: z.enum(["latents", "image", "clip"]),
    /** Of the content, in hexadecimal: a tensor's bytes, or the file of an image or a clip. */
    sha256: z.string(),
    /** Length of the content. */
    bytes: z.int(),
    /** Of latents; otherwise empty. */
    shape: z.array(z.int()).readonly(),
    /** Of latents, by safetensors' name; otherwise empty. */
    dtype: z.string(),
    noised: z.boolean(),
  })
  .readonly();

export type Start = z.infer<typeof storedStart>;

/** The content of a start, and where it stands. */
export interface StartContent {
  readonly bytes: Uint8Array;
  /** The sigma of a kept state; null if its file does not say. */
  readonly sigma: number | null;
}

const DTYPES = ["F32", "F16", "BF16"];
const DEFAULT_KEY = "latents";
const LISTED = 6;

/** MP4 has its brand at byte 4; GIF and WebM begin with a signature. */
function isClip(bytes: Uint8Array): boolean {
  const text = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1");
  return text(4, 8) === "ftyp" || /^GIF8[79]a$/.test(text(0, 6)) || text(0, 4) === "\x1a\x45\xdf\xa3";
}

const sigmasSchema = z.record(z.string(), z.number());

function sigmaOf({ metadata }: Safetensors, key: string): number | null {
  try {
    return sigmasSchema.parse(JSON.parse(metadata.sigmas ?? "{}"))[key] ?? null;
  } catch {
    return null;
  }
}

/** `2×3×4` */
export function shapeText(shape: readonly number[]): string {
  return shape.join("×") || "nothing";
}

function asked(value: InitValue): { readonly file: string; readonly key: string | undefined; readonly noise: boolean } {
  if (typeof value !== "string") return { file: value.file, key: value.key, noise: value.noise ?? true };
  const at = value.lastIndexOf("#");
  return at <= 0
    ? { file: value, key: undefined, noise: true }
    : { file: value.slice(0, at), key: value.slice(at + 1), noise: true };
}

interface Found {
  readonly start: Omit<Start, "noised">;
  /** The key that was read, if it is not the default. */
  readonly key: string | undefined;
  /** Of an image. */
  readonly size: ImageSize | null;
}

/** Reads what cells start from, each file and each tensor once. */
export class Starts {
  readonly #readBytes: ImagePorts["readBytes"];
  readonly #files = new Map<string, Uint8Array>();
  readonly #found = new Map<string, Found>();
  readonly #contents = new Map<string, StartContent>();

  constructor({ readBytes }: ImagePorts) {
    this.#readBytes = readBytes;
  }

  #bytes(file: string, refuse: (why: string, cause?: unknown) => ProbeError): Uint8Array {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    if (this.#readBytes === undefined) throw refuse("cannot be read here; give expand a port readBytes");
    try {
      const bytes = this.#readBytes(file);
      this.#files.set(file, bytes);
      return bytes;
    } catch (cause) {
      throw refuse(`cannot be read: ${ProbeError.from(cause).message}`, cause);
    }
  }

  #keep(start: Omit<Start, "noised" | "sha256" | "bytes">, bytes: Uint8Array, sigma: number | null): Found["start"] {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (this.#contents.get(sha256)?.sigma == null) this.#contents.set(sha256, { bytes, sigma });
    return { ...start, sha256, bytes: bytes.byteLength };
  }

  #find(file: string, key: string | undefined, refuse: (why: string, cause?: unknown) => ProbeError): Found {
    const bytes = this.#bytes(file, refuse);
    const size = imageSize(bytes);
    const pixels = size !== null ? "image" : isClip(bytes) ? "clip" : null;
    if (pixels !== null) {
      if (key !== undefined) throw refuse(`has no keys, but ${key} is asked for; leave the key out`);
      return { start: this.#keep({ kind: pixels, shape: [], dtype: "" }, bytes, null), key, size };
    }
    const stored = readSafetensors(bytes);
    if (stored === null)
      throw refuse("is no safetensors file, no PNG, JPEG or WebP image, and no MP4, GIF or WebM clip");
    const name = key ?? DEFAULT_KEY;
    const tensor = stored.tensor(name);
    if (tensor === null) throw refuse(missingKey(name, stored));
    if (!DTYPES.includes(tensor.dtype)) {
      throw refuse(`has ${name} in ${tensor.dtype}; latents are ${DTYPES.join(", ")}, so convert it to one of them`);
    }
    const { dtype, shape } = tensor;
    checkLength(tensor, name, refuse);
    const start = this.#keep({ kind: "latents", shape, dtype }, tensor.bytes, sigmaOf(stored, name));
    return { start, key, size: null };
  }

  /**
   * What a cell of this size starts from, and its canonical text.
   *
   * @param path of the value in the experiment
   * @throws ProbeError kind input: it cannot be read, or is nothing that a cell of this size starts from
   */
  start(value: InitValue, { width, height, frames }: ImageSize & { readonly frames: number }, path: string) {
    const { file, key, noise } = asked(value);
    const refuse = (why: string, cause?: unknown) =>
      new ProbeError("input", `${path} is ${file}, which ${why}.`, { path, cause });
    const id = JSON.stringify([file, key]);
    const found = this.#found.get(id) ?? this.#find(file, key, refuse);
    this.#found.set(id, found);
    const { start, size } = found;
    if (size !== null && (size.width !== width || size.height !== height)) {
      throw refuse(
        `is an image of height × width ${size.height}×${size.width}, but the cell is ${height}×${width}; images are not ` +
          "resized, so give one of the cell's size",
      );
    }
    if (start.kind === "image" && frames !== 1) {
      throw refuse(`is an image, but the cell has ${frames} frames; give a clip of ${frames} frames, or frames: 1`);
    }
    const named = found.key === undefined || found.key === DEFAULT_KEY ? file : `${file}#${found.key}`;
    return { text: noise ? named : `${named} (no noise)`, start: { ...start, noised: noise } };
  }

  /** Every content that was read, by its sha256. */
  bySha256(): ReadonlyMap<string, StartContent> {
    return this.#contents;
  }
}

function missingKey(name: string, { keys }: Safetensors): string {
  const more = keys.length > LISTED ? `, … (${keys.length} in all)` : "";
  const has = keys.length === 0 ? "no tensor" : `${keys.slice(0, LISTED).join(", ")}${more}`;
  return `has no whole tensor ${name}${didYouMean(name, keys)}; it has ${has}`;
}

function checkLength({ dtype, shape, bytes }: StoredTensor, name: string, refuse: (why: string) => ProbeError): void {
  const size = shape.reduce((product, side) => product * side, dtype === "F32" ? 4 : 2);
  if (size === bytes.byteLength) return;
  throw refuse(`has ${bytes.byteLength} bytes for ${name}, but ${shapeText(shape)} of ${dtype} are ${size}`);
}
