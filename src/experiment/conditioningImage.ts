import { createHash } from "node:crypto";
import { ProbeError } from "../errors.ts";

/** Width and height of an image in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const text = (bytes: DataView, at: number, length: number) =>
  Array.from({ length }, (_, i) => String.fromCharCode(bytes.getUint8(at + i))).join("");

/** PNG, third edition: the signature, then IHDR with two big-endian numbers. */
function png(bytes: DataView): ImageSize | null {
  if (bytes.getUint32(0) !== 0x89504e47 || text(bytes, 12, 4) !== "IHDR") return null;
  return { width: bytes.getUint32(16), height: bytes.getUint32(20) };
}

/** JPEG (ITU T.81, B.1.1): segments up to the frame's header, SOF0 … SOF15, except C4, C8 and CC. */
function jpeg(bytes: DataView): ImageSize | null {
  if (bytes.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ; ) {
    if (bytes.getUint8(at) !== 0xff) return null;
    const marker = bytes.getUint8(at + 1);
    if (marker === 0xff) {
      // Any number of fill bytes may precede a marker.
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.getUint16(at + 5), width: bytes.getUint16(at + 7) };
    at += 2 + bytes.getUint16(at + 2);
  }
}

/** WebP (RFC 9649): the first chunk is VP8X, VP8L or VP8, each with its own way to write a size. */
function webp(bytes: DataView): ImageSize | null {
  if (text(bytes, 0, 4) !== "RIFF" || text(bytes, 8, 4) !== "WEBP") return null;
  const three = (at: number) => bytes.getUint16(at, true) + (bytes.getUint8(at + 2) << 16);
  switch (text(bytes, 12, 4)) {
    case "VP8X":
      return { width: 1 + three(24), height: 1 + three(27) };
    case "VP8L": {
      const packed = bytes.getUint32(21, true);
      return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) };
    }
    case "VP8 ":
      return { width: bytes.getUint16(26, true) & 0x3fff, height: bytes.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

/**
 * Reads the size of a PNG, JPEG or WebP image from its header; nothing is decoded.
 *
 * @returns null if the bytes are none of these, or end before the size
 */
export function imageSize(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const read of [png, jpeg, webp]) {
    try {
      const size = read(view);
      if (size !== null) return size;
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
    }
  }
  return null;
}

/** How image files are read. */
export interface ImagePorts {
  /** Bytes of a file. If it throws, its message is passed on. */
  readonly readBytes?: (path: string) => Uint8Array;
}

/** An image that conditions a model. */
export interface Image {
  /** The file, as it is sent: PNG, JPEG or WebP. */
  readonly bytes: Uint8Array;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Reads images, each file once. */
export class Images {
  readonly #readBytes: ImagePorts["readBytes"];
  readonly #read = new Map<string, Image & ImageSize>();

  constructor({ readBytes }: ImagePorts) {
    this.#readBytes = readBytes;
  }

  #image(file: string, path: string): Image & ImageSize {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const refuse = (why: string, cause?: unknown) =>
      new ProbeError("input", `${path} is ${file}, which ${why}.`, { path, cause });
    if (this.#readBytes === undefined) throw refuse("cannot be read here; give expand a port readBytes");
    let bytes: Uint8Array;
    try {
      bytes = this.#readBytes(file);
    } catch (cause) {
      throw refuse(`cannot be read: ${ProbeError.from(cause).message}`, cause);
    }
    const size = imageSize(bytes);
    if (size === null) throw refuse("is not a PNG, JPEG or WebP image");
    const image = { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), ...size };
    this.#read.set(file, image);
    return image;
  }

  /**
   * The image of a cell of this size.
   *
   * @param file as the experiment writes it
   * @param path of the value in the experiment
   * @throws ProbeError kind input: it cannot be read, is not of a known format, or has another size
   */
  image(file: string, { width, height }: ImageSize, path: string): Image {
    const image = this.#image(file, path);
    if (image.width === width && image.height === height) return image;
    throw new ProbeError(
      "input",
      `${path} is ${file} of height × width ${image.height}×${image.width}, but the cell is ${height}×${width}; images are not ` +
        `resized, so give one of the cell's size.`,
      { path },
    );
  }

  /** Every image that was read, by its sha256. */
  bySha256(): ReadonlyMap<string, Image> {
    return new Map([...this.#read.values()].map((image) => [image.sha256, image]));
  }
}
