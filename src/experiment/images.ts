import { createHash } from "node:crypto";
import { ProbeError } from "../errors.ts";
import { type ImageSize, imageSize } from "./imageSize.ts";

/** What conditioning pictures ask of the world. */
export interface ImagePorts {
  /** Bytes of a file; may throw, and its message is then passed on. */
  readonly readBytes?: (path: string) => Uint8Array;
}

/** A picture that conditions a model. */
export interface Image {
  /** The file, as it is sent: PNG, JPEG or WebP. */
  readonly bytes: Uint8Array;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Reads pictures, each file once. */
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
    if (this.#readBytes === undefined) throw refuse("cannot be read here; give expand a readBytes among its ports");
    let bytes: Uint8Array;
    try {
      bytes = this.#readBytes(file);
    } catch (cause) {
      throw refuse(`cannot be read: ${ProbeError.from(cause).message}`, cause);
    }
    const size = imageSize(bytes);
    if (size === null) throw refuse("is no PNG, JPEG or WebP picture");
    const image = { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), ...size };
    this.#read.set(file, image);
    return image;
  }

  /**
   * The picture of a cell of this size.
   *
   * @param file as the experiment writes it
   * @param path where the experiment writes it
   * @throws ProbeError kind input: it cannot be read, is no picture that models take, or is of another size
   */
  image(file: string, { width, height }: ImageSize, path: string): Image {
    const image = this.#image(file, path);
    if (image.width === width && image.height === height) return image;
    throw new ProbeError(
      "input",
      `${path} is ${file} of height × width ${image.height}×${image.width}, and the cell is ${height}×${width}; nothing ` +
        `is resized, so give a picture of the cell's size.`,
      { path },
    );
  }

  /** Every picture that was read, by its sha256. */
  bySha256(): ReadonlyMap<string, Image> {
    return new Map([...this.#read.values()].map((image) => [image.sha256, image]));
  }
}
