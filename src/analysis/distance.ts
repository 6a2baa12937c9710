/** Distances between whole tensors, as l1probe's verdicts use them. */

type Elements = ArrayLike<number>;

/**
 * Relative L2, dimensionless: ‖a − b‖₂ / ‖b‖₂.
 *
 * @param b of as many elements, the reference
 */
export function relativeL2(a: Elements, b: Elements): number {
  if (a.length !== b.length) return Number.NaN;
  let [difference, reference] = [0, 0];
  for (let i = 0; i < b.length; i += 1) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    difference += (x - y) ** 2;
    reference += y * y;
  }
  return Math.sqrt(difference / reference);
}

/** A clip of 8-bit pixels: frames, height, width and channels, the channels fastest. */
export interface Clip {
  readonly shape: readonly number[];
  readonly values: Elements;
}

/** Peak signal-to-noise ratio of 8-bit values in dB; infinite if they are equal. */
export function psnr(a: Elements, b: Elements): number {
  let squares = 0;
  for (let i = 0; i < b.length; i += 1) squares += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / b.length));
}

const WINDOW = 11;
const DEVIATION = 1.5;
const KERNEL = (() => {
  const raw = Array.from({ length: WINDOW }, (_, k) => Math.exp(-((k - (WINDOW - 1) / 2) ** 2) / (2 * DEVIATION ** 2)));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
})();

/** ITU-R BT.601 luma of one frame. */
function luma({ shape, values }: Clip, frame: number): Float64Array {
  const [, height = 0, width = 0, channels = 1] = shape;
  const out = new Float64Array(height * width);
  const start = frame * height * width * channels;
  for (let i = 0; i < out.length; i += 1) {
    const at = start + i * channels;
    out[i] =
      channels === 1
        ? (values[at] ?? 0)
        : 0.299 * (values[at] ?? 0) + 0.587 * (values[at + 1] ?? 0) + 0.114 * (values[at + 2] ?? 0);
  }
  return out;
}

/** A Gaussian filter over the places where the whole window fits. */
function filtered(image: Float64Array, height: number, width: number): Float64Array {
  const [rows, columns] = [height - WINDOW + 1, width - WINDOW + 1];
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < columns; x += 1) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k += 1) sum += (KERNEL[k] ?? 0) * (image[y * width + x + k] ?? 0);
      across[y * columns + x] = sum;
    }
  const out = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y += 1)
    for (let x = 0; x < columns; x += 1) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k += 1) sum += (KERNEL[k] ?? 0) * (across[(y + k) * columns + x] ?? 0);
      out[y * columns + x] = sum;
    }
  return out;
}

/**
 * Structural similarity of two clips (Wang et al. 2004): luma, Gaussian window of 11 × 11 with a standard deviation of
 * 1.5, population statistics, mean over the places where the window fits and over frames. NaN below 11 pixels.
 */
export function ssim(a: Clip, b: Clip): number {
  const [frames = 0, height = 0, width = 0] = b.shape;
  if (height < WINDOW || width < WINDOW || a.values.length !== b.values.length) return Number.NaN;
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let total = 0;
  let places = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    const [x, y] = [luma(a, frame), luma(b, frame)];
    const over = (value: (i: number) => number) =>
      filtered(
        x.map((_, i) => value(i)),
        height,
        width,
      );
    const [mx, my] = [filtered(x, height, width), filtered(y, height, width)];
    const xx = over((i) => (x[i] ?? 0) ** 2);
    const yy = over((i) => (y[i] ?? 0) ** 2);
    const xy = over((i) => (x[i] ?? 0) * (y[i] ?? 0));
    for (let i = 0; i < mx.length; i += 1) {
      const [p, q] = [mx[i] ?? 0, my[i] ?? 0];
      const covariance = (xy[i] ?? 0) - p * q;
      const variances = (xx[i] ?? 0) - p * p + (yy[i] ?? 0) - q * q;
      total += ((2 * p * q + c1) * (2 * covariance + c2)) / ((p * p + q * q + c1) * (variances + c2));
    }
    places += mx.length;
  }
  return total / places;
}
